from __future__ import annotations

from shared.kernel.actor import Actor
from shared.kernel.events import Data
from tests.services.trust_safety.story import ADA, BEN, MO, Story

SYSTEM = Actor("system")


def holds(story: Story, person_id: str) -> list[Data]:
    return list(story.ask("holds", {"person_id": person_id}, SYSTEM)["items"])


def test_an_open_case_is_held_for_both_and_told_to_the_reporter_alone(story: Story) -> None:
    """PR-10: an open case keeps what it has, whichever of the two is erased; who was reported must not learn of it."""
    case_id = story.reported()
    story.disclosed()
    hold = {"case_id": case_id, "why": "open-case", "until": None}
    assert holds(story, "ada") == [{**hold, "may_be_told": True}]
    assert holds(story, "ben") == [{**hold, "may_be_told": False}]
    assert holds(story, "cleo") == []


def test_a_closed_case_is_held_until_its_evidence_ends(story: Story) -> None:
    """PR-10, EV-09: after the case its evidence is kept for the appeal, of which the sanctioned person knows; then no
    more."""
    case_id = story.reported()
    story.disclosed()
    story.given("assign_case", {"case_id": case_id}, MO)
    action_id = story.act(case_id, "warn")
    [kept] = holds(story, "ben")
    assert (kept["why"], kept["may_be_told"]) == ("evidence-kept", True)
    assert kept["until"] == story.view("cases", case_id)["evidence_until"]
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    assert [one["why"] for one in holds(story, "ben")] == ["pending-appeal"]


def test_what_ended_is_held_no_more(story: Story) -> None:
    """PR-10: once the evidence is destroyed there is nothing left to hold."""
    case_id = story.reported()
    story.disclosed()
    story.given("assign_case", {"case_id": case_id}, MO)
    story.act(case_id, "warn")
    story.later(days=211)
    assert holds(story, "ben") == holds(story, "ada") == []


def test_only_the_gateway_asks_what_is_held(story: Story) -> None:
    """PR-10, TS-12: nobody finds out by asking whether there is a case about somebody."""
    for actor in (ADA, BEN, MO):
        assert story.asked_refused("holds", {"person_id": "ben"}, actor) == "forbidden"
