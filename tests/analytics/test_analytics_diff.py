"""`mentorship log diff`: views against what their events make."""

from __future__ import annotations

import pytest

from shared.analytics import views_commands
from shared.views.rebuild import Rebuild
from tests.analytics.story import TABLE, go_live

DIFF = ("log", "diff", "--service", "conversations")


@pytest.fixture(autouse=True)
def small_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story's table in the place of the real service's."""
    monkeypatch.setattr(views_commands, "table", {"conversations": TABLE}.get)


def test_a_view_is_compared_with_what_its_events_make(mentorship, client, story) -> None:
    """P-25: exit status 0 where nothing differs, else 1 with the document's id and the names of the fields."""
    story.tell_it_all()
    go_live(client, story)
    status, printed = mentorship(*DIFF)
    assert (status, "the same" in printed) == (0, True), printed
    client["conversations"]["view1_messages"].update_one({"_id": "message-3"}, {"$set": {"sender": "somebody"}})
    status, printed = mentorship(*DIFF, "--views", "messages")
    assert (status, "message-3: differs in sender" in printed, "somebody" in printed) == (1, True, False), printed
    assert mentorship(*DIFF, "--views", "people")[0] == 0


def test_a_comparison_that_is_stopped_leaves_nothing(mentorship, client, story, monkeypatch) -> None:
    """P-25: after Ctrl-C there are the live views and nothing else."""
    story.tell_it_all()
    go_live(client, story)
    before = set(client["conversations"].list_collection_names())

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Rebuild, "differences", stop)
    assert mentorship(*DIFF)[0] == 130
    assert set(client["conversations"].list_collection_names()) - before <= {"leases"}
