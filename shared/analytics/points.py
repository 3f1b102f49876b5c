"""Points in the logs: a position, a moment, or how long ago. What was recorded up to one is the same whoever asks.

The clocks of machines may differ, so that the times in a partition grow only nearly: by `_APART` at most.
"""

from __future__ import annotations

import argparse
import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.analytics.source import Logs, Place, heads
from shared.cli_commands.options import duration
from shared.eventlog import EventLog
from shared.kernel.clock import Clock, from_text, to_text
from shared.runtime.faults import Fault

_APART = timedelta(minutes=1)
_TICK = timedelta(milliseconds=1)
_POSITION = re.compile(r"(?:(\w+)/(\d+)/)?([1-9]\d*)")
_AGO = re.compile(r"[\d.]+[smhdw]")


@dataclass(frozen=True, slots=True)
class Point:
    """Exactly one of a `position` (in the partition `place`, or in each), a `moment`, and how long `ago` it was."""

    position: int | None = None
    place: Place | None = None
    moment: datetime | None = None
    ago: timedelta | None = None


def point(text: str) -> Point:
    """`N`, `SERVICE/PARTITION/N`, an ISO moment (UTC where it does not say), or `2h` for two hours ago."""
    if found := _POSITION.fullmatch(text):
        place = (found[1], int(found[2])) if found[1] else None
        return Point(position=int(found[3]), place=place)
    return time(text)


def time(text: str) -> Point:
    """An ISO moment (UTC where it does not say), or `2h` for two hours ago."""
    if _AGO.fullmatch(text):
        return Point(ago=timedelta(seconds=duration(text)))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no point of the log: write for example 2026-03-01T10:00, 2h or, where it may be a position, "
            "120 or matching/0/120"
        ) from None
    return Point(moment=moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def moment(wanted: Point, clock: Clock) -> datetime:
    """When a point of time is."""
    return wanted.moment or clock.now() - (wanted.ago or timedelta())


def upto(logs: Logs, wanted: Point | None, clock: Clock) -> dict[Place, int]:
    """The last position of each partition that is not past the point; its end where there is none.

    A position in one partition stands, in all others, for the moment at which its commit was recorded.
    """
    ends = heads(logs)
    if wanted is None:
        return ends
    if wanted.position is None:
        return _recorded_by(logs, moment(wanted, clock), ends)
    if wanted.place is None:
        return {place: min(wanted.position, end) for place, end in ends.items()}
    if wanted.position > ends.get(wanted.place, 0):
        raise Fault(f"There is no position {wanted.position} in partition {wanted.place[1]} of {wanted.place[0]} here.")
    recorded = from_text(_recorded_at(logs[wanted.place[0]], wanted.place[1], wanted.position))
    return {**_recorded_by(logs, recorded, ends), wanted.place: wanted.position}


def before(logs: Logs, wanted: Point | None, clock: Clock) -> dict[Place, int]:
    """The last position of each partition that is before the point; 0 where there is none."""
    if wanted is None:
        return dict.fromkeys(heads(logs), 0)
    if wanted.position is None:
        return _recorded_by(logs, moment(wanted, clock) - _TICK, heads(logs))
    found = upto(logs, wanted, clock)
    if wanted.place is None:
        return {place: min(wanted.position - 1, end) for place, end in found.items()}
    return {**found, wanted.place: wanted.position - 1}


def around(logs: Logs, after: Point | None, until: Point | None, clock: Clock) -> tuple[dict[Place, int], ...]:
    """Positions after and up to which everything lies that was recorded between two points of time."""
    begin = before(logs, after, clock)
    end = Point(moment=moment(until, clock) + _APART) if until else None
    return begin, upto(logs, end, clock)


def _recorded_by(logs: Logs, moment: datetime, ends: dict[Place, int]) -> dict[Place, int]:
    return {place: _last_by(logs[place[0]], place[1], moment, end) for place, end in ends.items()}


def _last_by(log: EventLog, partition: int, moment: datetime, end: int) -> int:
    """The last position before the first commit that was recorded later than the moment."""
    early, late = to_text(moment - _APART), to_text(moment)
    start = bisect_right(range(1, end + 1), early, key=lambda position: _recorded_at(log, partition, position))
    for commit in log.replay(partition, start):
        if commit.position > end:
            break
        if commit.events[0].recorded_at > late:
            return commit.position - 1
    return end


def _recorded_at(log: EventLog, partition: int, position: int) -> str:
    return log.feed(partition, position - 1, 1)[0].events[0].recorded_at
