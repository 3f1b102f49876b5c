"""`mentorship log verify`: is every log still what was written? It only reads, and the system may run.

Exit status 1 where something was altered: of each partition the first such commit is named, never what is in it.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

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
_KEPT_EVERY = 100_000


@dataclass(frozen=True, slots=True)
class Sound:
    """A partition in which nothing was altered: its last position, where its chain begins, and what that ends with.

    `start` is the last position that was not checked again.
    """

    end: int = 0
    begins: int | None = None
    digest: bytes = b""
    start: int = 0

    def __str__(self) -> str:
        if not self.end:
            return "empty"
        if self.start:
            return (
                f"positions {self.start + 1} to {self.end} are as they were written, those before as when the chain of "
                f"{self.start} was kept; the chain ends in {self.digest.hex()}"
            )
        if self.begins is None:
            return f"positions 1 to {self.end} are there, and all from before there was a chain"
        begins = "" if self.begins == 1 else f", whose chain begins at {self.begins}"
        return f"positions 1 to {self.end}{begins}, are as they were written; the chain ends in {self.digest.hex()}"


def verify_log(args: Namespace) -> int:
    if args.resume and not args.heads:
        raise Fault("Name with --heads the file that has the ends to go on from.")
    ends = Ends(args.heads, resume=args.resume)
    found: dict[Place, Sound | Altered] = {}
    with opened(store_url(args.data)) as source:
        logs = _chosen(source.logs, args.service)
        total = sum(max(0, head - ends.start(place)) for place, head in heads(logs).items())
        with tqdm(total=total, unit=" commits", disable=None, desc="verify") as bar:
            for place in places(logs):
                found[place] = _outcome(logs[place[0]], place, ends, bar.update)
    found |= _gone(found, ends.kept, args.service)
    for place, outcome in found.items():
        sys.stdout.write(f"{_sentence(place, outcome)}\n")
    if any(isinstance(outcome, Altered) for outcome in found.values()):
        return 1
    for place, outcome in found.items():
        ends.add(place, outcome)
    return 0


class Ends:
    """The ends of logs in a file, from earlier, and those that this check reaches. Without a file, nothing is kept."""

    def __init__(self, file: Path | None, *, resume: bool) -> None:
        self._file = file
        self._resume = resume
        self.kept = read_heads(file) if file else {}

    def start(self, place: Place) -> int:
        """Where the check of a partition begins: behind what was checked before, where that is gone on with."""
        return self._last_kept(place) if self._resume else 0

    def on_the_way(self, place: Place, sound: Sound) -> None:
        """Keep how far a check is from time to time, but nothing that an end still to be met might contradict."""
        if sound.end % _KEPT_EVERY == 0:
            self.stopped(place, sound)

    def stopped(self, place: Place, sound: Sound) -> None:
        if sound.end > self._last_kept(place):
            self.add(place, sound)

    def add(self, place: Place, outcome: Sound | Altered) -> None:
        if self._file and isinstance(outcome, Sound) and outcome.digest:
            add_heads(self._file, self.kept, {place: (outcome.end, outcome.digest)})

    def _last_kept(self, place: Place) -> int:
        return max(self.kept.get(place, ()), default=0)


def verify(log: MongoEventLog, place: Place, ends: Ends, progress: Callable[[int], object]) -> Sound:
    """Check a partition to its end, against digests kept by position as well. Raises Altered, LogUnavailable."""
    kept, start = ends.kept.get(place, {}), ends.start(place)
    sound = Sound(start, 1 if start else None, kept.get(start, b""), start)
    streams = _Streams(log)
    try:
        for commit, digest in log.verified(place[1], kept, start):
            _check(commit, streams)
            begins = commit.position if digest and sound.begins is None else sound.begins
            sound = Sound(commit.position, begins, digest or b"", start)
            ends.on_the_way(place, sound)
            progress(1)
    except KeyboardInterrupt:
        ends.stopped(place, sound)
        raise
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


def _outcome(log: MongoEventLog, place: Place, ends: Ends, progress: Callable[[int], object]) -> Sound | Altered:
    try:
        return verify(log, place, ends, progress)
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
