"""Old and new releases side by side. What an older one does not know, it leaves to the newer one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from marshmallow import Schema
from pymongo import MongoClient

from shared.application import versions
from shared.application.repository import Repository
from shared.application.versions import NewerRelease, current, knows
from shared.contracts import catalogue
from shared.contracts.upcasters import UPCASTERS
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.clock import SystemClock
from shared.kernel.events import Aggregate, Event, NewCommit, StoredEvent
from shared.views.awaited import Awaited
from shared.views.changes import Change, amend
from shared.views.inbox import Inbox
from shared.views.rebuild import Rebuild
from shared.views.store import ViewStore
from tests.analytics.story import Story, go_live

NAME = "programs.ProgramOpened"


def opened(position: int, version: int = 1, kind: str = "ProgramOpened", stream: str = "program-1") -> Event:
    data = {"program_id": stream} if version == 1 else {"id": stream}
    place = ("programs", 0, position, 0, 1, stream, position)
    return Event(f"e{position}", kind, version, data, *place, "2026-03-01T10:00:00.000Z", "ada", "c", None)


def count(event: Event) -> Sequence[Change]:
    """A view of the release in which the field is called `id`."""
    return [amend("opened", event.data["id" if event.version > 1 else "program_id"], inc={"n": 1})]


@pytest.fixture
def upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on this is the release with version 2."""

    class Second(Schema):
        version = 2

    monkeypatch.setitem(catalogue.EVENTS, NAME, Second)  # type: ignore[arg-type]
    key = ("programs", "ProgramOpened", 1)
    monkeypatch.setattr(versions, "UPCASTERS", {**UPCASTERS, key: lambda data: {"id": data["program_id"]}})


def inbox(store: ViewStore, reacted: list[int]) -> Inbox:
    views = {NAME: count}
    return Inbox(store, views, lambda event: reacted.append(event.position), SystemClock(), (), current)


def test_an_older_release_parks_what_it_does_not_know_and_the_newer_takes_it_up(
    client: MongoClient[Any], request: pytest.FixtureRequest
) -> None:
    """A higher version and an unknown type wait with their streams, others flow; after the upgrade everything is

    applied in order, once, by itself.
    """
    store, reacted = ViewStore(client, "matching"), []
    old = inbox(store, reacted)
    events = [opened(1), opened(2, 2), opened(3), opened(4, stream="program-2"), opened(5, 1, "Unheard", "program-3")]
    old.apply("programs", 0, events)
    Awaited(store, old, NewerRelease.__name__, knows).look()
    assert reacted == [1, 4]
    assert {found["position"] for found in client["matching"]["parked"].find()} == {2, 3, 5}

    request.getfixturevalue("upgraded")
    new = inbox(store, reacted)
    for _ in range(2):
        Awaited(store, new, NewerRelease.__name__, knows).look()
    assert reacted == [1, 4, 2, 3]
    counts = {found["_id"]: found["n"] for found in client["matching"]["view1_opened"].find()}
    assert counts == {"program-1": 3, "program-2": 1}
    assert [found["position"] for found in client["matching"]["parked"].find()] == [5]


@pytest.mark.usefixtures("upgraded")
def test_a_newer_release_lifts_what_an_older_one_still_sends() -> None:
    """Also what comes over the bus, where nobody has lifted it yet; what is current goes through untouched."""
    lifted = current(opened(1))
    assert (lifted.version, lifted.data) == (2, {"id": "program-1"})
    assert current(lifted) is lifted


def test_nothing_is_decided_on_a_stream_that_a_newer_release_wrote() -> None:
    """The older one refuses for now (503, safe to repeat) instead of deciding on what it cannot read."""
    log = MemoryEventLog("programs")
    for seq, version in enumerate((1, 2)):
        event = StoredEvent(f"e{seq}", "ProgramOpened", version, {})
        log.append(NewCommit("program-1", seq, (event,), f"c{seq}", "c", None, "ada", "", None))
    repository = Repository(log)
    entry = repository.entry("program-1", Aggregate("program", list, lambda state, event: [*state, event.version]))
    with pytest.raises(NewerRelease):
        repository.catch_up("program-1", entry)
    assert not entry.fresh


def test_an_unknown_field_is_no_obstacle() -> None:
    """New optional fields need no new version: who does not know them does not look."""
    more = replace(opened(1), data={"program_id": "program-1", "colour": "green"})
    assert [change.id for change in count(current(more))] == ["program-1"]


def test_reads_go_on_while_views_are_rebuilt_and_switched(client: MongoClient[Any]) -> None:
    """Blue/green: a process that started before reads and writes the old generation until it is started again, and the

    new one goes on from where the rebuild left off.
    """
    from shared.eventlog.mongo import MongoEventLog
    from shared.views.reader import ViewReader
    from tests.analytics.story import TABLE, message

    story = Story({name: MongoEventLog(client, name, 2) for name in ("matching", "conversations")})
    story.tell_it_all()
    store = go_live(client, story)
    reader = ViewReader(client, "conversations", store)
    seen = {name: len(reader.find(name, {})) for name in ("messages", "people")}
    work = Rebuild(TABLE, client, story.logs)
    work.progress = lambda _: seen.update(people=min(seen["people"], len(reader.find("people", {}))))
    work.run()
    story.tell("couple-1", message(50))
    work.switch()
    work.close()
    assert {name: len(reader.find(name, {})) for name in seen} == seen == {"messages": 9, "people": 6}
    again = go_live(client, story)
    assert (store.generation, again.generation) == (1, 2)
    assert len(ViewReader(client, "conversations", again).find("messages", {})) == 10
