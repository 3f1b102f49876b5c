"""Where a point of time lies in logs whose clocks differ, and in which order several logs are read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.analytics.commits import merged
from shared.analytics.points import Point, around, upto
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.events import NewCommit, StoredEvent
from shared.runtime.faults import Fault
from shared.testing.clock import FixedClock

PLACE = "matching", 0


def _log(service: str, *seconds: int) -> MemoryEventLog:
    """One commit for each second past ten o'clock at which it was recorded."""
    log = MemoryEventLog(service)
    for seq, second in enumerate(seconds):
        happened = StoredEvent(f"{service}-{seq}", "SomeType", 1, {})
        at = f"2026-03-01T10:00:{second:02}.000Z"
        log.append(NewCommit("stream", seq, (happened,), f"c{seq}", "c", None, "person-1", at))
    return log


def _at(second: int) -> Point:
    return Point(moment=datetime(2026, 3, 1, 10, 0, second, tzinfo=UTC))


def test_what_was_recorded_up_to_a_moment_ends_before_the_first_that_is_later() -> None:
    """P-25: also where the clock of another machine was behind, so that times in a partition go back."""
    logs = {"matching": _log("matching", 30, 10, 40)}
    assert [upto(logs, _at(second), FixedClock())[PLACE] for second in (5, 20, 30, 39, 40)] == [0, 0, 2, 2, 3]


def test_around_a_time_lies_whatever_was_recorded_in_it() -> None:
    """P-25: what a machine whose clock was behind recorded comes after later ones, and is not missed."""
    logs = {"matching": _log("matching", 30, 10)}
    assert around(logs, _at(0), _at(20), FixedClock()) == ({PLACE: 0}, {PLACE: 2})


def test_a_position_that_is_not_there_is_said() -> None:
    """P-25: a place past the end is one plain sentence."""
    for place in (PLACE, ("programs", 0)):
        with pytest.raises(Fault, match="There is no position 4"):
            upto({"matching": _log("matching", 1, 2, 3)}, Point(position=4, place=place), FixedClock())


def test_several_logs_are_read_in_the_order_of_time() -> None:
    """P-25: each partition in its own order, and of what is level the one that was recorded first."""
    logs = {"matching": _log("matching", 1, 4, 5), "programs": _log("programs", 2, 3, 6)}
    found = merged(logs, {PLACE: 0}, {PLACE: 3, ("programs", 0): 2})
    assert [(commit.service, commit.position) for commit in found] == [
        ("matching", 1),
        ("programs", 1),
        ("programs", 2),
        ("matching", 2),
        ("matching", 3),
    ]
