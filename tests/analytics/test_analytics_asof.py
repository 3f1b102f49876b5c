"""`mentorship log as-of` over the real services' tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.analytics import tables
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.runtime.accounts import ADMIN
from shared.runtime.local.store import LocalStore
from tests.analytics.program_story import LOGS, PAIR, PROGRAM, begin, go_on
from tests.analytics.story import DAY, PRIVATE_WORD, Story, go_live

MIDDLE = f"{DAY}T10:00:10.000Z"
"""The moment of the last thing that `begin` tells."""


@pytest.fixture(scope="module", autouse=True)
def story(own_store: LocalStore) -> Iterator[Story]:
    """Told once: these tests only look."""
    with connect(own_store.url_for(ADMIN)) as client:
        for name in LOGS:
            client.drop_database(name)
            client.drop_database(log_database(name))
        logs = {name: MongoEventLog(client, name, 2, patience=10) for name in LOGS}
        told = Story(logs)
        begin(told)
        go_on(told)
        yield told
        for log in logs.values():
            log.close()


@pytest.fixture
def as_of(mentorship):
    """What `log as-of … --json` says, which has nothing sealed in it."""

    def ask(*arguments: object) -> dict[str, Any]:
        status, printed = mentorship("log", "as-of", *arguments, "--json")
        assert status == 0, printed
        assert PRIVATE_WORD not in printed
        assert "sealed.1" not in printed
        return json.loads(printed.splitlines()[0])

    return ask


def test_a_stream_is_as_it_was_at_a_moment_or_position(as_of) -> None:
    """P-25: the events up to then, and the state that a command would have been decided on, sealed fields as a sign."""
    now, then = as_of("stream", f"roster-{PROGRAM}"), as_of("stream", f"roster-{PROGRAM}", "--at", MIDDLE)
    assert (now["state"]["pairs"][PAIR]["status"], then["state"]["pairs"][PAIR]["status"]) == ("paused", "active")
    assert then["state"]["signups"]["person-3"]["answers"] == "[sealed]"
    assert then["events"] == now["events"][:6]
    third = now["events"][2]
    assert third["type"] == "SignedUp"
    early = as_of("stream", f"roster-{PROGRAM}", "--at", third["position"])
    assert sorted(early["state"]["signups"]) == ["person-1", "person-2"]
    place = f"matching/{third['partition']}/{third['position']}"
    assert as_of("stream", f"roster-{PROGRAM}", "--at", place) == early


def test_a_document_of_a_view_is_as_it_was(as_of, own_store: LocalStore, story: Story) -> None:
    """P-25: what the events up to then make of it; up to now, that is the live document."""
    with connect(own_store.url_for(ADMIN)) as client:
        go_live(client, story, table=tables.table("matching"))
        live = client["matching"]["view1_pairs"].find_one({"_id": PAIR})
    now = as_of("view", "matching", "pairs", PAIR)
    assert now == {**live, "introduction": "[sealed]"}
    then = as_of("view", "matching", "pairs", PAIR, "--at", MIDDLE)
    assert {name for name in now if now[name] != then.get(name)} == {"status"}


def test_a_program_is_as_it_was(as_of) -> None:
    """P-25: its roster in numbers, its pairs with their journeys, and of cases no more than how many there were."""
    then, now = as_of("program", PROGRAM, "--at", MIDDLE), as_of("program", PROGRAM)
    assert then["roster"] == {"mentee": {"active": 1}, "mentor": {"active": 2}}
    assert now["roster"] == {"mentee": {"active": 1}, "mentor": {"active": 1, "withdrawn": 1}}
    [pair_then], [pair_now] = then["pairs"], now["pairs"]
    assert (pair_then["status"], pair_now["status"]) == ("active", "paused")
    assert (pair_then["journey"]["status"], pair_now["journey"]["status"]) == ("running", "paused")
    assert [(pair["journey"]["steps"], pair["journey"]["steps_passed"]) for pair in (pair_then, pair_now)] == [
        (2, 0),
        (2, 1),
    ]
    assert (then["cases"], now["cases"]) == ({"open": 1}, {"closed": 1})


def test_what_was_not_there_then_is_one_plain_sentence(mentorship) -> None:
    """Exit status 1, whether it never was or was not yet."""
    early = ("program", PROGRAM, "--at", "2020-01-01")
    for what in (("stream", "roster-x"), ("view", "matching", "pairs", "x"), early):
        status, printed = mentorship("log", "as-of", *what)
        assert (status, "There was no" in printed) == (1, True), printed


def test_a_state_can_be_read_by_people(mentorship) -> None:
    """Without --json: a line per event, then the state."""
    status, printed = mentorship("log", "as-of", "stream", f"journey-{PAIR}")
    events, _, state = printed.partition("{\n")
    assert (status, len(events.splitlines())) == (0, 3)
    assert '"status": "paused"' in state
