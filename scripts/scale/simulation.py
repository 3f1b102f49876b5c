"""A commit's way at one size, simulated: gateway, service, log, broker, and the service that listens most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scripts.scale.demand import Demand
from scripts.scale.measured import Measured
from scripts.scale.needs import GATEWAY, ROUND_TRIP, SERVICE, SERVICES, Needs, hearing, hears, relaying
from scripts.scale.queueing import Times, closed, day, grouped, pool

LARGEST_BATCH, WINDOW, PREFETCH = 256, 500, 64
"""As in shared/eventlog/sequencer.py, shared/bus/relay.py and shared/bus/consumer.py."""
_COUNT = 40_000
_SEED = 6


@dataclass(frozen=True)
class Waits:
    """p50 and p99 in the busiest hour, in seconds, and how busy the stations are in it."""

    command: tuple[float, float]
    lag: tuple[float, float]
    gateway: float
    service: float
    consumer: float


def simulate(demand: Demand, cost: Measured, has: Needs, seed: int = _SEED) -> Waits:
    """A day of the commands of conversations, the busiest service that people ask; others' only as load beside them.

    Every part of time is exponential around its measured mean, which is wider than what was measured.
    """
    dice = np.random.default_rng(seed)
    rate = demand.commands + demand.reads
    mean = (GATEWAY * (demand.commands * cost.cpu_command + demand.reads * cost.cpu_read)) / rate
    came, hour = day(dice, rate, _COUNT, demand.busiest)
    admitted = pool(came, dice.exponential(mean, len(came)), has.gateways)
    # Which of the requests are commands to conversations, which others go to the same service, which elsewhere.
    share = demand.commits["conversations"] / rate
    questions = demand.reads / len(SERVICES) / rate
    lot = dice.uniform(0, 1, len(came))
    order = np.argsort(admitted, kind="stable")
    order = order[lot[order] < share + questions]
    commands = lot[order] < share
    takes = np.where(commands, cost.cpu_command, cost.cpu_read) * SERVICE * dice.exponential(1, len(order))
    decided = pool(admitted[order], takes, has.services["conversations"])
    born, decided = came[order][commands], decided[commands]

    durable, seen = _written(dice, decided, demand, cost, has.partitions)
    now = (born >= hour[0]) & (born < hour[1])
    waited, lag = (durable - born)[now], (seen - durable)[now]
    peak = demand.busiest
    return Waits(
        command=_two(waited),
        lag=_two(lag),
        gateway=rate * mean * peak / has.gateways,
        service=rate
        * peak
        * SERVICE
        * (share * cost.cpu_command + questions * cost.cpu_read)
        / has.services["conversations"],
        consumer=hears(demand, "notifications") * peak * hearing(cost) / has.partitions,
    )


def _written(
    dice: np.random.Generator, decided: Times, demand: Demand, cost: Measured, partitions: int
) -> tuple[Times, Times]:
    """When each commit is durable, and when notifications has seen it."""
    durable, seen = np.empty_like(decided), np.empty_like(decided)
    place = dice.integers(0, partitions, len(decided))
    beside = hears(demand, "notifications") / demand.commits["conversations"] - 1
    for partition in range(partitions):
        here = np.flatnonzero(place == partition)
        here = here[np.argsort(decided[here], kind="stable")]
        if not len(here):
            continue
        written, _ = grouped(decided[here], _journal(dice, cost, len(here)), cost.per_commit, LARGEST_BATCH)
        durable[here] = written
        # What notifications hears of other services has the same ups and downs.
        others = np.sort(
            dice.choice(written, int(beside * len(written))) + dice.exponential(0.05, int(beside * len(written)))
        )
        both = np.concatenate([written, others])
        order = np.argsort(both, kind="stable")
        seen_here = np.empty_like(both)
        seen_here[order] = delivered(dice, both[order], cost, hearing(cost))
        seen[here] = seen_here[: len(written)]
    return durable, seen


def delivered(
    dice: np.random.Generator, durable: Times, cost: Measured, each: float, trip: float = ROUND_TRIP
) -> Times:
    """Relay, quorum queue and consumer of one partition: when the effect of each commit is there."""
    count = len(durable)
    sent, _ = grouped(durable, np.zeros(count), relaying(cost), WINDOW)
    queued, _ = grouped(sent, _journal(dice, cost, count, trip), 0.0, WINDOW)
    return grouped(queued, _journal(dice, cost, count, trip), each, PREFETCH)[0]


def crowded(busy: float, cost: Measured, seed: int = _SEED) -> Waits:
    """The same with two processes of each kind and one consumer, all of them as `busy`, at a constant rate."""
    dice = np.random.default_rng(seed)
    means = GATEWAY * cost.cpu_command, SERVICE * cost.cpu_command
    came = [np.cumsum(dice.exponential(mean / busy / 2, _COUNT)) for mean in means]
    waited = sum(pool(one, dice.exponential(mean, _COUNT), 2) - one for one, mean in zip(came, means, strict=True))
    appended, _ = grouped(came[1], _journal(dice, cost, _COUNT), cost.per_commit, LARGEST_BATCH)
    heard = np.cumsum(dice.exponential(hearing(cost) / busy, _COUNT))
    lag = delivered(dice, heard, cost, hearing(cost)) - heard
    return Waits(_two(waited + appended - came[1]), _two(lag), busy, busy, busy)


def _two(times: Times) -> tuple[float, float]:
    return float(np.quantile(times, 0.5)), float(np.quantile(times, 0.99))


def _journal(dice: np.random.Generator, cost: Measured, count: int, trip: float = ROUND_TRIP) -> Times:
    return trip + dice.exponential(cost.journal, count)


def as_measured_b4(cost: Measured, seed: int = _SEED) -> tuple[float, float]:
    """p50 and p99 of B4: 200 single appends a second, two partitions, one machine, a view that reacts to nothing."""
    dice = np.random.default_rng(seed)
    took = []
    for partition in range(2):
        came = np.arange(partition, 20_000, 2) / 200
        durable, _ = grouped(came, _journal(dice, cost, len(came), 0.0), cost.per_commit, LARGEST_BATCH)
        took.append(delivered(dice, durable, cost, relaying(cost), 0.0) - came)
    return _two(np.concatenate(took))


def as_measured_b5(cost: Measured, seed: int = _SEED) -> tuple[float, float]:
    """Requests a second and p99 of B5: 50 clients who ask again at once, for the processors of one machine."""
    dice = np.random.default_rng(seed)
    services = dice.exponential(cost.cpu_command, _COUNT)
    rate, took = closed(50, services, cost.processors)
    return rate, float(np.quantile(took, 0.99))
