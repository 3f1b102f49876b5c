"""The inbox: exactly once in effect, and a failing event holds up its own stream alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from shared.bus.port import Transient
from shared.kernel.events import Event
from shared.testing.clock import FixedClock
from shared.testing.memory_views import MemoryViews
from shared.views.changes import Change, amend
from shared.views.inbox import Inbox


def event(position: int, stream: str = "s", kind: str = "Counted", **data: Any) -> Event:
    return Event(f"e{position}", kind, 1, data, "src", 0, position, 0, 1, stream, position, "", "x", "c", None)


def counted(found: Event) -> Sequence[Change]:
    change = amend("counts", found.stream, inc={"n": 1})
    return [change, amend("counts", "odd", inc={"n": "x"})] if found.data.get("bad") else [change]


def broken(_found: Event) -> Sequence[Change]:
    raise KeyError("a private word")


class Harness:
    """An inbox over views in memory, with reactions that a test may replace."""

    def __init__(self) -> None:
        self.views = MemoryViews()
        self.reacted: list[str] = []
        self.tried: list[float] = []
        self.fail: Exception | None = None
        table = {"src.Counted": counted, "src.Broken": broken}
        self.inbox = Inbox(self.views, table, self.react, FixedClock())  # type: ignore[arg-type]

    def react(self, found: Event) -> None:
        self.tried.append(time.monotonic())
        if self.fail:
            raise self.fail
        self.reacted.append(found.id)

    def count(self, stream: str) -> int:
        return int((self.views.get("counts", stream) or {"n": 0})["n"])


@pytest.fixture
def harness() -> Harness:
    return Harness()


def test_a_redelivered_batch_changes_nothing(harness: Harness) -> None:
    """I9: events at or below the watermark are dropped."""
    batch = [event(1), event(2)]
    harness.inbox.apply("src", 0, batch)
    harness.inbox.apply("src", 0, [*batch, event(3)])
    assert harness.count("s") == 3
    assert harness.reacted == ["e1", "e2", "e3"]


def test_a_failing_event_parks_with_its_followers_and_others_flow(harness: Harness) -> None:
    """The stream of the failure waits behind it, in order; another stream goes on; no private word is kept."""
    harness.inbox.apply("src", 0, [event(1, kind="Broken"), event(2), event(3, "other")])
    harness.inbox.apply("src", 0, [event(4)])
    assert harness.count("other") == 1
    assert harness.count("s") == 0
    assert list(harness.views.parked) == ["e1", "e2", "e4"]
    assert "private" not in str([parked["why"] for parked in harness.views.parked.values()])


def test_a_failing_reaction_is_tried_three_times_then_parked(harness: Harness) -> None:
    """BR-06: three attempts, the pause before the third longer than that before the second, then parking."""
    harness.fail = RuntimeError("no")
    harness.inbox.apply("src", 0, [event(1)])
    assert len(harness.tried) == 3
    pauses = [later - before for before, later in pairwise(harness.tried)]
    assert pauses[0] >= 0.05
    assert pauses[1] >= 0.1
    assert list(harness.views.parked) == ["e1"]
    assert harness.inbox.watermark("src", 0) == 1


def test_what_is_away_for_a_moment_parks_nothing(harness: Harness) -> None:
    """A store that is away means later, not never."""
    harness.fail = Transient("away")
    with pytest.raises(Transient):
        harness.inbox.apply("src", 0, [event(1)])
    assert harness.views.parked == {}
    assert harness.inbox.watermark("src", 0) == 0


def test_a_failed_reaction_stays_parked_when_the_store_refuses_another_change(harness: Harness) -> None:
    """The second look at a batch forgets nothing of the first."""
    harness.views.apply([amend("counts", "odd", set={"n": 1})], source="x", partition=0, came_from=0, moves_to=1)
    harness.inbox.apply(
        "src", 0, [event(1, kind="Broken"), event(2, "worse", bad=True), event(3, "worse"), event(4, "t")]
    )
    assert list(harness.views.parked) == ["e1", "e2", "e3"]
    assert harness.count("t") == 1


def test_a_change_that_the_store_refuses_parks_only_its_event(harness: Harness) -> None:
    """The rest of the batch is applied."""
    harness.views.apply([amend("counts", "odd", set={"n": 1})], source="x", partition=0, came_from=0, moves_to=1)
    harness.inbox.apply("src", 0, [event(1), event(2, "worse", bad=True), event(3)])
    assert harness.count("s") == 2
    assert list(harness.views.parked) == ["e2"]
    assert harness.inbox.watermark("src", 0) == 3


def test_a_message_that_comes_again_is_parked_once() -> None:
    """I11: the broker adds properties to what it delivers again; it is the same message all the same."""
    harness = Harness()
    for properties in ({"type": "x"}, {"type": "x", "application_headers": {"x-delivery-count": 1}}):
        harness.inbox.park_message("src.events.0", "not JSON", b"no event", properties)
    assert len(harness.views.parked) == 1


def test_reactions_to_different_streams_wait_side_by_side_and_each_stream_keeps_its_order() -> None:
    """Two streams whose reactions need each other to go on both go on; one that fails holds up its own stream alone."""
    meeting = threading.Barrier(2, timeout=40)
    seen: list[str] = []

    def react(found: Event) -> None:
        if found.position <= 2:
            meeting.wait()
        if found.stream == "b" and found.position == 4:
            raise KeyError("for good")
        seen.append(found.id)

    views = MemoryViews()
    inbox = Inbox(views, {"src.Counted": counted}, react, FixedClock(), reacts_to=["src.Counted"])  # type: ignore[arg-type]
    inbox.apply("src", 0, [event(n, stream) for n, stream in enumerate("ababba", 1)])
    assert [id for id in seen if id in {"e1", "e3", "e6"}] == ["e1", "e3", "e6"]
    assert {"e2", "e4", "e5"} & set(seen) == {"e2"}
    assert sorted(views.parked) == ["e4", "e5"]
    assert views.watermark("src", 0) == 6
