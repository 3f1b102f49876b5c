"""`mentorship views` and `mentorship parked` over a store."""

from __future__ import annotations

import sys
import types

import pytest

from tests.analytics.story import TABLE, go_live, message


@pytest.fixture
def small_service(monkeypatch):
    """The story's table in the place of the real service's."""
    module = types.ModuleType("services.conversations.service")
    module.TABLE = TABLE
    monkeypatch.setitem(sys.modules, "services.conversations.service", module)


def test_replay_says_that_nothing_differs_and_tidies_up(mentorship, client, story, small_service) -> None:
    """The command's exit status is 0 and no second generation stays."""
    story.tell_it_all()
    go_live(client, story)
    status, printed = mentorship("log", "replay", "--service", "conversations")
    assert status == 0, printed
    assert "the same" in printed
    assert "generation 2" not in mentorship("views", "list", "conversations")[1]


def test_rebuild_and_diff_report_what_differs(mentorship, client, story, small_service) -> None:
    """Differences give exit status 1, name the document and show no value."""
    story.tell_it_all()
    go_live(client, story)
    client["conversations"]["view1_people"].update_one({"_id": "person-1"}, {"$set": {"sent": 4711}})
    for arguments in (("rebuild", "conversations"), ("diff", "conversations")):
        status, printed = mentorship("views", *arguments)
        assert (status, "person-1: differs in sent" in printed) == (1, True), printed
        assert "4711" not in printed


def test_rebuild_with_switch_repairs_the_live_views(mentorship, client, story, small_service) -> None:
    """After the switch the tampered document is right again."""
    story.tell_it_all()
    go_live(client, story)
    client["conversations"]["view1_people"].delete_one({"_id": "person-1"})
    assert mentorship("views", "rebuild", "conversations", "--switch")[0] == 0
    assert "generation 2 (live)" in mentorship("views", "list", "conversations")[1]
    assert go_live(client, story).generation == 2
    assert mentorship("log", "replay", "--service", "conversations")[0] == 0


def test_parked_events_are_listed_shown_and_dropped(mentorship, client, story) -> None:
    """An operator finds what is parked, why, and can give it up with a name for the record."""
    story.tell("couple-0", message(1))

    def refuse(_) -> None:
        raise LookupError

    go_live(client, story, refuse)
    [parked] = client["conversations"]["parked"].find()
    status, printed = mentorship("parked", "list")
    assert (status, parked["_id"] in printed, "LookupError" in printed) == (0, True, True)
    assert '"stream": "couple-0"' in mentorship("parked", "show", "conversations", parked["_id"])[1]
    assert mentorship("parked", "drop", "conversations", parked["_id"], "--by", "ada")[0] == 0
    assert client["conversations"]["dropped"].find_one()["dropped_by"] == "ada"
    assert "Nothing is parked" in mentorship("parked", "list")[1]
    assert mentorship("parked", "show", "conversations", parked["_id"])[0] == 1
