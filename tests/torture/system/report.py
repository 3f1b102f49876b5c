"""What a run says for itself."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator

from shared.runtime.local.broker import find_sbin
from tests.torture.checker import INVARIANTS
from tests.torture.system.run import Outcome

_SHOWN = 10

_CHECKED_WITH = {
    "I1": "every acknowledged command against the log, at the position that was answered",
    "I2": "every commit against what was asked, what caused it, and the timers",
    "I3": "ids of commands, and what each event caused in each stream",
    "I4": "positions of all partitions",
    "I5": "seq of all streams; no message after a block or the end, capacity of every person kept",
    "I6": "index and count of the events of every commit",
    "I7": "one reader that followed every partition all along",
    "I8": "the watermarks of every consumer, for every source and partition",
    "I9": "trust_safety notes each effect in its views' own transaction; elsewhere one NotificationRaised per cause, "
    "person and kind, and I3 and I13",
    "I10": "the order of those notes, per stream",
    "I11": "rabbitmqctl; parked messages against the poison that was sent, and no event parked",
    "I12": "count and hash chain of those notes, per source and partition",
    "I13": "all views of all services, rebuilt from position 0 and compared byte for byte",
    "I14": "digests of whole partitions, taken while they grew and at the end",
    "I15": "due times as the services' views make them of their logs",
    "I16": "all databases, parking, logs, an export of the logs, and what the other of the pair can read",
    "I17": "every answer to a read of a chat",
    "I18": "the logs of every process, of broker and store",
    "I19": "connections and channels at the broker, files and memory of every process; the baseline was under load",
    "I20": "the first acknowledgement after each healing, by the service that was harmed",
}


def holds(outcome: Outcome) -> bool:
    """Whether the run came to its end, everything planned was done, and no invariant is violated."""
    return not outcome.trouble and not outcome.violations and not _undone(outcome)


def _undone(outcome: Outcome) -> list[str]:
    chaos, community = outcome.chaos, outcome.community
    if chaos is None or community is None:
        return ["nothing was begun"]
    found = list(chaos.done.never)
    if outcome.counts.get("commits", 0) < outcome.plan.commands:
        found.append(f"{outcome.counts.get('commits', 0)} of {outcome.plan.commands} commands were done")
    return found


def render(outcome: Outcome) -> str:
    """Markdown."""
    return "\n".join([*_head(outcome), "", *_counts(outcome), "", *_faults(outcome), "", *_verdict(outcome), ""])


def _head(outcome: Outcome) -> Iterator[str]:
    plan = outcome.plan
    yield "# A run of the whole system under faults"
    yield ""
    broker = re.sub(r".*rabbitmq_server-", "", str(find_sbin().parent))
    servers = f"RabbitMQ {broker}, MongoDB {outcome.versions.get('store', '?')} ({plan.store.title})"
    again = f"`make torture{plan.flags} SEED={plan.seed}`"
    yield f"Seed {plan.seed} ({again}); Python {platform.python_version()}, {servers}."
    yield f"It took {sum(outcome.seconds.values()):.0f} s: " + ", ".join(
        f"{phase} {seconds:.0f}" for phase, seconds in outcome.seconds.items()
    )
    if "load" in outcome.versions:
        yield f"The machine has {os.cpu_count()} cores; its load was {outcome.versions['load']} as the faults ended."
    if outcome.trouble:
        yield ""
        yield "**It did not come to its end:**"
        yield ""
        yield "    " + outcome.trouble.strip().replace("\n", "\n    ")


def _counts(outcome: Outcome) -> Iterator[str]:
    if outcome.community is None:
        return
    tally, counts, red = outcome.community.tally, outcome.counts, outcome.violations
    yield "| commands | |"
    yield "|---|---:|"
    yield f"| done: asked for over HTTP, or by services and timers | {counts.get('commits', 0)} |"
    yield f"| attempted over HTTP | {tally.attempted} |"
    yield f"| acknowledged | {tally.acknowledged} |"
    yield f"| refused | {sum(tally.refused.values())} |"
    yield f"| asked again with the same key | {tally.repeated} |"
    yield f"| recovered: first answer unknown, in the log once | {counts.get('recovered', 0)} |"
    for name, invariant in (("lost", "I1"), ("unexpected", "I2"), ("duplicated", "I3")):
        yield f"| {name} | {len(red.get(invariant, []))} |"
    yield f"| events | {counts.get('events', 0)} |"
    quiet = quiet_seconds(outcome)
    if quiet:
        yield f"| p50, p99 of a command between faults | {_ms(quiet, 0.5)}, {_ms(quiet, 0.99)} |"


def quiet_seconds(outcome: Outcome) -> list[float]:
    """How long commands took that were begun a second after the last fault was over, and ended before the next."""
    if outcome.community is None or outcome.chaos is None:
        return []
    windows = outcome.chaos.done.windows
    return sorted(
        took
        for begun, took in outcome.community.tally.took
        if not any(begun < ended + 1 and begun + took > broken for broken, ended in windows)
    )


def _ms(seconds: list[float], share: float) -> str:
    return f"{1000 * seconds[int(share * (len(seconds) - 1))]:.0f} ms"


def _faults(outcome: Outcome) -> Iterator[str]:
    if outcome.chaos is None:
        return
    done = outcome.chaos.done
    yield "| fault | times | recovered after, median and longest (s) |"
    yield "|---|---:|---:|"
    times = {"service": "service kill", "broker": "broker kill", "store": "store kill", "hang": "hang"}
    for kind, count in sorted(done.kills.items()):
        took = sorted(done.recovered.get(times.get(kind, kind), []))
        yield f"| {kind} | {count} | {f'{took[len(took) // 2]:.1f}, {took[-1]:.1f}' if took else ''} |"


def _verdict(outcome: Outcome) -> Iterator[str]:
    yield "| invariant | holds | checked with |"
    yield "|---|---|---|"
    judged = "checking" in outcome.seconds
    for name in INVARIANTS:
        found = outcome.violations.get(name, [])
        yield f"| {name} | {('no' if found else 'yes') if judged else 'not checked'} | {_CHECKED_WITH[name]} |"
    for found in outcome.violations.values():
        yield ""
        yield from (f"- {sentence}" for sentence in found[:_SHOWN])
        if len(found) > _SHOWN:
            yield f"- … and {len(found) - _SHOWN} more"
    for sentence in _undone(outcome):
        yield f"\nNot as planned: {sentence}."
    yield ""
    yield "Limits: SIGKILL is not power loss, the disk keeps what the kernel has; everything is on one host, with one"
    yield "clock; kills are at random moments, those at named points are in the tests of the faults. The machine sets"
    yield "how many commands there are: its cores run the clients, the stores, the broker and every restarted process."
