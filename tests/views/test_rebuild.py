"""A rebuild while the system lives: events arrive, processes die, and two rebuild at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import shared.views.rebuild
from shared.contracts.catalogue import SOURCES
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.views.compare import compare
from shared.views.generations import live_generation
from shared.views.rebuild import Rebuild, RebuildFailed, rebuild
from tests.analytics.story import TABLE, Story, go_live, message
from tests.support.mongod import private_mongod


@pytest.fixture(scope="module")
def store_url() -> Iterator[str]:
    """Of its own: the databases of services are emptied."""
    with private_mongod() as mongod:
        yield mongod.url


@pytest.fixture
def client(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """With pages so small that every rebuild takes several."""
    monkeypatch.setattr(shared.views.rebuild, "_BATCH", 2)
    with connect(store_url) as client:
        for name in SOURCES:
            client.drop_database(name)
            client.drop_database(log_database(name))
        yield client


@pytest.fixture
def story(client: Any) -> Iterator[Story]:
    """Told, and live in generation 1."""
    logs = {name: MongoEventLog(client, name, 2) for name in ("matching", "conversations")}
    story = Story(logs)
    story.tell_it_all()
    go_live(client, story)
    yield story
    for log in logs.values():
        log.close()


def at_page(number: int, do: Callable[[], object]) -> Callable[[int], None]:
    """A progress function that does something once, after so many pages."""
    left = [number]

    def progress(_commits: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            do()

    return progress


def test_events_that_arrive_meanwhile_are_in_the_rebuilt_views_when_they_go_live(client: Any, story: Story) -> None:
    """What is applied while pages are read, before the comparison and before the switch is caught up each time."""

    def more(number: int) -> None:
        story.tell("couple-1", message(number))
        go_live(client, story)

    work = Rebuild(TABLE, client, story.logs, at_page(3, lambda: more(50)))
    work.run()
    assert list(work.differences()) == []
    more(51)
    work.switch()
    work.close()
    assert live_generation(client, TABLE.name) == 2
    assert list(compare(client, TABLE.name, 1, 2)) == []


def test_a_rebuild_that_dies_between_two_pages_is_begun_again(client: Any, story: Story) -> None:
    """What it wrote goes; nothing is counted twice."""

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    for pages in (1, 4):
        with pytest.raises(Killed):
            rebuild(TABLE, client, story.logs, at_page(pages, die))
        assert live_generation(client, TABLE.name) == 1
    assert rebuild(TABLE, client, story.logs).events == 17
    assert list(compare(client, TABLE.name, 1, 2)) == []


def test_one_that_was_overtaken_writes_nothing_into_the_other(client: Any, story: Story) -> None:
    """A rebuild that hung until its lease was another's finds the watermark moved, and fails."""
    slow = Rebuild(TABLE, client, story.logs)

    def overtake() -> None:
        slow.close()
        rebuild(TABLE, client, story.logs)

    slow.progress = at_page(2, overtake)
    with pytest.raises(RebuildFailed, match="Something else writes"):
        slow.run()
    slow.close()
    assert list(compare(client, TABLE.name, 1, 2)) == []


def test_a_log_that_lacks_events_of_the_live_views_is_named(client: Any, story: Story) -> None:
    """Nothing is made up for them, and the live views stay."""
    client["matching_log"]["log_0"].delete_many({"_id": {"$gt": 1}})
    client["matching_log"]["log_1"].delete_many({"_id": {"$gt": 1}})
    logs = {**story.logs, "matching": MongoEventLog(client, "matching", story.logs["matching"].partitions)}
    with pytest.raises(RebuildFailed, match="restore that log first"):
        rebuild(TABLE, client, logs)
    assert live_generation(client, TABLE.name) == 1
