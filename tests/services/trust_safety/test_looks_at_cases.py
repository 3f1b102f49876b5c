"""Reading a case without its evidence is on record too (TS-23)."""

from __future__ import annotations

import pytest

from shared.kernel.actor import Actor
from tests.services.trust_safety.story import ADA, BEN, CLEO, MIA, MO, OPS, SAM, SUE, ZOE, Story


def _looked(story: Story) -> list[str]:
    return [entry["by"] for entry in story.ask("audit", {"limit": 100}, OPS)["items"] if entry["what"] == "CaseViewed"]


def test_a_look_lasts_five_minutes(story: Story) -> None:
    """TS-23: one event for each viewer and case within five minutes, however often it is read; then another."""
    case_id, other = story.reported(), story.reported(target={"kind": "person", "id": "ben"})
    story.when("view_case", {"case_id": case_id}, MO).then("CaseViewed", by="mo", queue="platform", group_id="soap")
    story.clock.advance(minutes=4, seconds=59)
    story.when("view_case", {"case_id": case_id}, MO).nothing()
    story.when("view_case", {"case_id": case_id}, MIA).then("CaseViewed", by="mia")
    story.when("view_case", {"case_id": other}, MO).then("CaseViewed", by="mo", case_id=other)
    story.clock.advance(seconds=1)
    story.when("view_case", {"case_id": case_id}, MO).then("CaseViewed", by="mo")
    assert sorted(_looked(story)) == ["mia", "mo", "mo", "mo"]


def test_admins_looks_are_on_record_too(story: Story) -> None:
    """TS-23: at the group's own desk, for each of its admins; no longer once the case has left it."""
    case_id = story.reported(to="admin")
    story.when("view_case", {"case_id": case_id}, SUE).then("CaseViewed", by="sue", queue="admin")
    story.given("escalate_case", {"case_id": case_id}, SUE)
    for admin in (SUE, SAM):
        story.when("view_case", {"case_id": case_id}, admin).refused("not-found")
    assert _looked(story) == ["sue"]


@pytest.mark.parametrize(
    ("who", "slug"),
    [
        (BEN, "not-found"),
        (CLEO, "not-found"),
        (ZOE, "not-found"),
        (SUE, "not-found"),
        (Actor("ben", {}, frozenset({"moderator"})), "not-found"),
        (Actor("max", {}, frozenset({"moderator"})), "not-found"),
        (Actor("ada", {}, frozenset({"moderator"})), "conflict-of-interest"),
    ],
)
def test_who_may_not_look_leaves_no_trace(story: Story, who: Actor, slug: str) -> None:
    """TS-12, TS-23: policy and conflicts of interest come first; what is refused is no look, and an unknown id answers
    as a foreign one."""
    case_id = story.reported()
    story.arrives("conversations.BlockRequested", {"blocker_id": ADA.id, "blocked_id": "max"})
    story.when("view_case", {"case_id": case_id}, who).refused(slug)
    assert story.asked_refused("case", {"case_id": case_id}, who) == slug
    story.when("view_case", {"case_id": "unknown"}, who).refused("not-found")
    assert _looked(story) == []


def test_a_look_that_goes_on_ends_with_the_right_to_it(story: Story) -> None:
    """TS-12: who looked a moment ago is asked again whether they may."""
    case_id = story.reported()
    story.given("view_case", {"case_id": case_id}, MO)
    story.arrives("conversations.BlockRequested", {"blocker_id": ADA.id, "blocked_id": MO.id})
    story.when("view_case", {"case_id": case_id}, MO).refused("not-found")
