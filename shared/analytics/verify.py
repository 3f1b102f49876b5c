"""`mentorship log verify`: is every log still what was written? It only reads, and the system may run.

Exit status 1 where something was altered: of each partition the first such commit is named, never what is in it.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tqdm import tqdm

from shared.analytics.heads import Heads, add_heads, read_heads
from shared.analytics.operator import store_url
from shared.analytics.source import Place, heads, opened, places
from shared.contracts.catalogue import EVENTS, SEALED, VALIDATORS
from shared.eventlog.chain import Altered
from shared.eventlog.mongo import MongoEventLog
from shared.kernel.events import Commit, Event
from shared.kernel.ids import derive
from shared.runtime.faults import Fault

_STREAMS_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Sound:
    """A partition in which nothing was altered: its last position, where its chain begins, and what that ends with."""

    end: int = 0
    begins: int | None = None
    digest: bytes = b""

    def __str__(self) -> str:
        if not self.end:
            return "empty"
        if self.begins is None:
            return f"positions 1 to {self.end} are there, and all from before there was a chain"
        begins = "" if self.begins == 1 else f", whose chain begins at {self.begins}"
        return f"positions 1 to {self.end}{begins}, are as they were written; the chain ends in {self.digest.hex()}"


def verify_log(args: Namespace) -> int:
    kept = read_heads(args.heads) if args.heads else {}
    found: dict[Place, Sound | Altered] = {}
    with opened(store_url(args.data)) as source:
        logs = _chosen(source.logs, args.service)
        with tqdm(total=sum(heads(logs).values()), unit=" commits", disable=None, desc="verify") as bar:
            for service, partition in places(logs):
                place = service, partition
                found[place] = _outcome(logs[service], partition, kept.get(place, {}), bar.update)
    found |= _gone(found, kept, args.service)
    for place, outcome in found.items():
        sys.stdout.write(f"{_sentence(place, outcome)}\n")
    if any(isinstance(outcome, Altered) for outcome in found.values()):
        return 1
    if args.heads:
        sound = {place: one for place, one in found.items() if isinstance(one, Sound) and one.begins}
        add_heads(args.heads, kept, {place: (one.end, one.digest) for place, one in sound.items()})
    return 0


def verify(
    log: MongoEventLog, partition: int, kept: Mapping[int, bytes], progress: Callable[[int], object] = lambda _: None
) -> Sound:
    """Check a partition to its end, against digests kept by position as well. Raises Altered, LogUnavailable."""
    sound = Sound()
    streams = _Streams(log)
    for commit, digest in log.verified(partition, kept):
        _check(commit, streams)
        begins = commit.position if digest and sound.begins is None else sound.begins
        sound = Sound(commit.position, begins, digest or b"")
        progress(1)
    return sound


def _check(commit: Commit, streams: _Streams) -> None:
    if not streams.goes_on_with(commit):
        raise Altered(commit.position, "is not the next of its stream", [event.id for event in commit.events])
    for event in commit.events:
        if event.id != derive(commit.command_id, event.index):
            raise Altered(commit.position, f"has the event {event.index} of another command", [event.id])
        if fault := _fault(event):
            raise Altered(commit.position, fault, [event.id])


def _fault(event: Event) -> str | None:
    known = EVENTS.get(event.name)
    if known is None or event.version != known.version:
        return "is of a type or version that nobody knows"
    if VALIDATORS[event.name].validate(event.data):
        return f"does not keep the schema of {event.name}"
    for field in SEALED[event.name]:
        value = event.data.get(field.name)
        if value is not None and not str(value).startswith("sealed."):
            return f"is not sealed in {field.name}"
    return None


class _Streams:
    """Whether commits are the next of their streams. Of streams not met for long the store is asked."""

    def __init__(self, log: MongoEventLog) -> None:
        self._log = log
        self._last: OrderedDict[str, int] = OrderedDict()

    def goes_on_with(self, commit: Commit) -> bool:
        last = self._last.pop(commit.stream, None)
        if last is None and commit.seq > 1:
            before = self._log.position_of(commit.stream, commit.seq - 1)
            last = commit.seq - 1 if before is not None and before < commit.position else None
        self._last[commit.stream] = commit.seq
        if len(self._last) > _STREAMS_KEPT:
            self._last.popitem(last=False)
        return commit.seq == (last or 0) + 1


def _outcome(
    log: MongoEventLog, partition: int, kept: Mapping[int, bytes], progress: Callable[[int], object]
) -> Sound | Altered:
    try:
        return verify(log, partition, kept, progress)
    except Altered as altered:
        return altered


def _chosen(logs: Mapping[str, MongoEventLog], services: list[str] | None) -> Mapping[str, MongoEventLog]:
    for service in services or ():
        if service not in logs:
            raise Fault(f"There is no event log of {service} in this store.")
    return {service: log for service, log in logs.items() if not services or service in services}


def _gone(found: Mapping[Place, object], kept: Heads, services: list[str] | None) -> dict[Place, Altered]:
    """Partitions that are not there though ends of them were kept."""
    return {
        place: Altered(1, f"is missing: the chain was kept up to {max(positions)}")
        for place, positions in kept.items()
        if place not in found and (not services or place[0] in services)
    }


def _sentence(place: Place, outcome: Sound | Altered) -> str:
    where = f"{place[0]}, partition {place[1]}"
    if isinstance(outcome, Sound):
        return f"{where}: {outcome}."
    events = f" (event {', '.join(outcome.events)})" if outcome.events else ""
    return f"{where}: position {outcome.position}{events} {outcome.what}."
