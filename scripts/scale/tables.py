"""The tables of docs/scale.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from scripts.scale import needs as n
from scripts.scale.demand import CASES, HABITS, Demand, demand
from scripts.scale.measured import Measured
from scripts.scale.queueing import mgc_wait, mm1, pool
from scripts.scale.simulation import Waits, as_measured_b4, as_measured_b5, crowded, simulate

SIZES = {"1 k": 1_000, "100 k": 100_000, "10 M": 10_000_000}
_COLUMNS = [(name, pairs, case) for name, pairs in SIZES.items() for case in range(len(CASES))]
_PARTITIONS = (2, 8, 32, 64)
_LARGE = "programs", "conversations", "notifications"
_QUEUED = 400_000
_CROWDED = (0.6, 0.8, 0.95)


def tables(cost: Measured) -> Mapping[str, str]:
    """By the name of their place in the page."""
    return {
        "short": _short(cost),
        "habits": _habits(),
        "costs": _costs(cost),
        "needs": _needs(cost),
        "waits": _waits(cost),
        "limits": _limits(cost),
        "one": _one(cost),
        "partitions": _partitions(cost),
        "checks": _checks(cost),
    }


def figure(number: float) -> str:
    """Two digits that count, with thousands apart: 0.013, 1.3, 13, 1,300, 1.3 M."""
    if number == 0:
        return "0"
    rounded = round(number, 1 - math.floor(math.log10(abs(number))))
    if rounded >= 1e9:
        return f"{rounded / 1e9:g} G"
    if rounded >= 1e6:
        return f"{rounded / 1e6:g} M"
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _short(cost: Measured) -> str:
    low, high = (n.limits(demand(1, case), cost) for case in range(len(CASES)))
    most = max(SIZES.values())
    below = [sum(one.pairs < most for one in case) for case in (low, high)]
    return (
        f"- The first limit in the high case comes at {figure(high[0].pairs)} pairs: {high[0].what}.\n"
        f"- In the low case it comes at {figure(low[0].pairs)} pairs: {low[0].what}.\n"
        f"- Before {figure(most)} pairs, {below[0]} (low) or {below[1]} (high) of the limits below must be moved."
    )


def _habits() -> str:
    rows = [
        [
            *(
                one.what,
                f"{one.week[0]:g}",
                f"{one.week[1]:g}",
                one.service if one.asked else f"{one.service}, a timer",
            ),
            *(f"{one.told}", f"{one.mails:g}"),
        ]
        for one in HABITS
    ]
    return _table(["a pair does in a week", "low", "high", "a commit of", "and of notifications", "mails"], rows)


def _costs(cost: Measured) -> str:
    ms = "{:.2g} ms".format
    rows = [
        ["a command over HTTP, all processes together", ms(1e3 * cost.cpu_command), "B5: processors ÷ rate"],
        ["an event, per service that hears it", ms(1e3 * cost.cpu_heard), "B5: four services listening, less nobody"],
        ["a read over HTTP", ms(1e3 * cost.cpu_read), "B6"],
        ["publishing and following an event, per process", ms(1e3 / cost.delivery), "B2, at most"],
        ["waiting for the journal, per batch", ms(1e3 * cost.journal), "B1: line through 16 and 64 writers"],
        ["a commit in a batch", ms(1e3 * cost.per_commit), "B1: 64 writers, green threads"],
        ["a sequencer", f"{figure(cost.sequencer)} commits/s", "B1: green threads"],
        ["rebuild", f"{figure(cost.rebuild)} events/s", "B7"],
        ["a commit in its log, with indexes", f"{_sizes(cost)} bytes", "scale.json: " + ", ".join(_LARGE)],
        ["views per commit, with indexes, of all services", f"{cost.views_bytes:.0f} bytes", "scale.json"],
        ["an event in a queue", f"{cost.message_bytes:.0f} bytes", "scale.json"],
    ]
    return _table(["what", "measured", "where"], rows)


def _sizes(cost: Measured) -> str:
    return ", ".join(f"{cost.log_bytes[service]:.0f}" for service in _LARGE)


def _needs(cost: Measured) -> str:
    each = [(found := demand(pairs, case), n.needs(found, cost), case) for _, pairs, case in _COLUMNS]
    below = [sum(one.pairs < found.pairs for one in n.limits(demand(1, case), cost)) for found, _, case in each]
    cells: dict[str, Callable[[Demand, n.Needs], str]] = {
        "commands/s, mean · busiest hour": lambda d, _: f"{figure(d.commands)} · {figure(d.commands * d.busiest)}",
        "reads/s, the same": lambda d, _: f"{figure(d.reads)} · {figure(d.reads * d.busiest)}",
        "events/s, the same": lambda d, _: f"{figure(d.events)} · {figure(d.events * d.busiest)}",
        "gateway processes": lambda _, has: str(has.gateways),
        "processes of " + ", ".join(n.SERVICES): lambda _, has: " · ".join(map(str, has.services.values())),
        "partitions that the work asks for · queues of events": lambda _, has: f"{has.partitions} · {has.queues}",
        "events/s out of the broker, to services · to gateways": lambda _, has: (
            f"{figure(has.heard)} · {figure(has.live)}"
        ),
        "store, GB a year, one replica · three": lambda _, has: _replicas(has.stored / 1e9),
        "shards (replica sets)": lambda _, has: str(has.shards),
        "machines · processors · GB of memory": lambda _, has: (
            f"{has.machines} · {figure(has.cores)} · {figure(has.memory)}"
        ),
        "money a month, after a year · a pair and year": lambda d, has: (
            f"{figure(has.money)} · {figure(12 * has.money / d.pairs)}"
        ),
    }
    rows = [[what, *(cell(found, has) for found, has, _ in each)] for what, cell in cells.items()]
    rows.append(["limits met before that size", *map(str, below)])
    return _table(["pairs", *(f"{name}, {CASES[case]}" for name, _, case in _COLUMNS)], rows)


def _replicas(stored: float) -> str:
    return f"{figure(stored)} · {figure(n.REPLICAS * stored)}"


def _waits(cost: Measured) -> str:
    rows = []
    for name, pairs in SIZES.items():
        found = demand(pairs, 1)
        rows.append([f"{name}, high", *_shown(simulate(found, cost, n.needs(found, cost)))])
    rows += [[f"all {busy:.0%} busy", *_shown(crowded(busy, cost))] for busy in _CROWDED]
    head = ["pairs", "command p50", "p99", "lag p50", "p99", "gateway busy", "conversations", "a consumer"]
    return _table(head, rows)


def _shown(waits: Waits) -> list[str]:
    times = [f"{figure(1e3 * time)} ms" for time in (*waits.command, *waits.lag)]
    return times + [f"{busy:.0%}" for busy in (waits.gateway, waits.service, waits.consumer)]


def _limits(cost: Measured) -> str:
    low, high = (n.limits(demand(1, case), cost) for case in range(len(CASES)))
    first = {one.what: figure(one.pairs) for one in low}
    rows = [[one.what, f"{figure(one.most)} {one.unit}", first[one.what], figure(one.pairs), one.mover] for one in high]
    return _table(["what", "at most", "pairs, low", "pairs, high", "what moves it"], rows)


def _one(cost: Measured) -> str:
    side, rate = 10_000, 1 / (cost.journal + n.ROUND_TRIP)
    seconds, table = cost.assignment * (side / 4_000) ** 3, 8 * side**2 / 1e9
    rows = [
        ["a stream: one roster, one couple, one inbox", f"{figure(rate)} commits/s", "one of a stream in each batch"],
        [
            f"a dense assignment of {side:,} mentees to {side:,} mentors",
            f"{figure(seconds)} s of one processor, {table:.1f} GB a table",
            "4,000 by scipy measured, then as n³",
        ],
    ]
    return _table(["one thing", "bears or takes", "why"], rows)


def _partitions(cost: Measured) -> str:
    least = [1 / n.partitions_of(demand(1, case), cost) for case in range(len(CASES))]
    replicas = 2 * len(n.SERVICES)
    rows = [
        [
            *(str(count), *(figure(count * one) for one in least), str(len(n.SERVICES) * (count + 1))),
            *(f"{replicas * 2 * count:,}", f"{replicas * 4 * count:,}"),
        ]
        for count in _PARTITIONS
    ]
    head = ["LOG_PARTITIONS", "pairs, low", "pairs, high", "queues", "links to the broker", "looks/s at rest"]
    return _table(head, rows)


def _checks(cost: Measured) -> str:
    alone, many = _queue(0.7, 1, 1.0), _queue(0.8, 8, 1.5)
    b4, b5 = as_measured_b4(cost), as_measured_b5(cost)
    pairs = [
        ("one process, 70 % busy: mean time ÷ service", alone + 1, mm1(0.7, 1.0), "M/M/1", ""),
        ("8 processes, 80 % busy, uneven: wait ÷ service", many, mgc_wait(0.8 * 8, 1.0, 1.5, 8), "M/G/c", ""),
        ("B4: append to visible, p50", 1e3 * b4[0], 1e3 * cost.lag_p50, "measured", " ms"),
        ("B4: append to visible, p99", 1e3 * b4[1], 1e3 * cost.lag_p99, "measured", " ms"),
        ("B5: 50 clients on the benchmark's machine, p99", 1e3 * b5[1], 1e3 * cost.http_p99, "measured", " ms"),
    ]
    rows = [
        [what, f"{figure(ours)}{unit}", f"{whose}: {figure(other)}{unit}", f"{ours / other - 1:+.0%}"]
        for what, ours, other, whose, unit in pairs
    ]
    return _table(["what", "simulated", "beside", "apart"], rows)


def _queue(busy: float, servers: int, variation: float) -> float:
    """Mean wait in M/G/c, in service times, which are gamma distributed."""
    dice = np.random.default_rng(1)
    came = np.cumsum(dice.exponential(1 / (busy * servers), _QUEUED))
    takes = dice.gamma(variation**-2, variation**2, _QUEUED)
    return float(np.mean(pool(came, takes, servers) - came - takes))
