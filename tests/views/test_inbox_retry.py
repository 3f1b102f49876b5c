"""Trying parked events again while new ones of the same stream arrive, on a real store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shared.bus.port import Transient
from shared.eventlog.mongo import connect
from shared.kernel.events import Event
from shared.testing.clock import FixedClock
from shared.views.changes import amend
from shared.views.inbox import Inbox
from shared.views.store import ViewStore


def event(position: int, stream: str = "s", **data: Any) -> Event:
    return Event(f"e{position}", "Told", 1, data, "src", 0, position, 0, 1, stream, position, "", "x", "c", None)


class Harness:
    """An inbox whose reactions fail while `broken`; the stream `other` has `meanwhile` happen while it reacts."""

    def __init__(self, client: Any) -> None:
        self.broken = True
        self.meanwhile: Any = lambda: None
        self.order = client["inbox_retry"]["view1_told"]
        self.store = ViewStore(client, "inbox_retry")
        views = {"src.Told": lambda found: [amend("told", found.stream, push={"ids": found.data.get("n", found.id)})]}
        self.inbox = Inbox(self.store, views, self.react, FixedClock())

    def react(self, found: Event) -> None:
        if found.stream == "other":
            self.meanwhile()
        elif self.broken:
            raise KeyError("no")

    def told(self) -> list[str]:
        found: dict[str, list[str]] = self.order.find_one({"_id": "s"}) or {"ids": []}
        return found["ids"]


@pytest.fixture
def harness(mongo_url: str) -> Iterator[Harness]:
    client = connect(mongo_url)
    client.drop_database("inbox_retry")
    yield Harness(client)
    client.drop_database("inbox_retry")
    client.close()


def test_an_event_never_waits_behind_what_is_parked_no_more(harness: Harness) -> None:
    """I10, I11: a retry that ends while a follower is on its way leaves nothing parked that nobody retries."""
    harness.inbox.apply("src", 0, [event(1)])
    harness.broken = False
    harness.meanwhile = lambda: harness.inbox.retry("src", 0, "s")
    batch = [event(2), event(3, "other")]
    with pytest.raises(Transient):
        harness.inbox.apply("src", 0, batch)
    harness.inbox.apply("src", 0, batch)
    assert harness.told() == ["e1", "e2"]
    assert harness.store.parked_streams("src", 0) == set()


def test_followers_that_come_during_a_retry_are_applied_by_it(harness: Harness) -> None:
    """Whatever is parked by the time that it ends belongs to it, in the order of the log."""
    harness.inbox.apply("src", 0, [event(1)])
    harness.inbox.apply("src", 0, [event(2)])
    harness.broken = False
    plain = harness.store.unpark

    def unpark(event_id: str, changes: Any) -> None:
        if event_id == "e2":
            harness.inbox.apply("src", 0, [event(3)])
        plain(event_id, changes)

    harness.store.unpark = unpark  # type: ignore[method-assign]
    assert harness.inbox.retry("src", 0, "s") == {"applied": 3, "waiting": 0, "why": None}
    assert harness.told() == ["e1", "e2", "e3"]


def test_a_value_that_the_store_cannot_hold_parks_its_event(harness: Harness) -> None:
    """What the driver itself refuses stops no other stream either."""
    harness.broken = False
    harness.inbox._views = {"src.Told": lambda found: [amend("told", found.stream, push={"ids": 2**63 * found.seq})]}
    harness.inbox.apply("src", 0, [event(1)])
    assert harness.store.parked_streams("src", 0) == {"s"}
