"""Events of several logs as one sequence: what is there, then what comes."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from shared.analytics.source import Logs, Place, in_order, places
from shared.eventlog import EventLog, LogUnavailable
from shared.kernel.events import Event

_PAUSE = 0.3
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events to show; None means all. `type` is `Type` or `service.Type`; both times are included."""

    type: str | None = None
    stream: str | None = None
    after: str | None = None
    before: str | None = None

    def takes(self, event: Event) -> bool:
        return (
            self.type in {None, event.type, event.name}
            and self.stream in {None, event.stream}
            and (self.after is None or event.recorded_at >= self.after)
            and (self.before is None or event.recorded_at <= self.before)
        )


def history(logs: Logs, after: dict[Place, int], upto: dict[Place, int]) -> Iterator[Event]:
    """Every event past `after` up to and including `upto`, merged by time, in constant memory."""
    return heapq.merge(
        *(_between(logs[place[0]], place[1], after[place], upto[place]) for place in places(logs)), key=in_order
    )


def of_stream(logs: Logs, stream: str, upto: dict[Place, int]) -> list[Event]:
    """The events of one stream, found by its key instead of by looking through the log."""
    found = [
        event
        for service, log in logs.items()
        for commit in log.read_stream(stream)
        if commit.position <= upto[service, commit.partition]
        for event in commit.events
    ]
    return sorted(found, key=in_order)


def follow(logs: Logs, after: dict[Place, int], on_wait: Callable[[str], None] = lambda _: None) -> Iterator[Event]:
    """What is appended past `after`, for ever. Waits where the store is away, and says so once with `on_wait`."""
    reached = dict(after)
    away = False
    while True:
        try:
            fresh = _fresh(logs, reached)
            away = False
        except LogUnavailable as error:
            if not away:
                on_wait(str(error))
            away, fresh = True, []
        yield from fresh
        if not fresh:
            time.sleep(_PAUSE)


def _fresh(logs: Logs, reached: dict[Place, int]) -> list[Event]:
    found: list[Event] = []
    moved = dict(reached)
    for service, partition in places(logs):
        for commit in logs[service].feed(partition, reached[service, partition], _PAGE):
            found.extend(commit.events)
            moved[service, partition] = commit.position
    reached.update(moved)
    return sorted(found, key=in_order)


def _between(log: EventLog, partition: int, after: int, upto: int) -> Iterator[Event]:
    for commit in log.replay(partition, after):
        if commit.position > upto:
            return
        yield from commit.events


def chosen(events: Iterable[Event], wanted: Wanted) -> Iterator[Event]:
    return (event for event in events if wanted.takes(event))
