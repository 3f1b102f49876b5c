"""After a pair has ended: why it did is kept, both wait anew, and rest before the next one."""

from __future__ import annotations

import pytest

from services.matching import facts
from services.matching.domain.evolving import ROSTER
from services.matching.domain.rematching import former
from services.matching.domain.roster import Roster
from services.matching.domain.rules import Known
from shared.contracts import matching_api as api
from shared.kernel.clock import to_text
from shared.testing.scenario import person
from tests.services.matching.story import ADMIN, PROGRAM, Story, couple_of_two

MIA, MAX = person("mia"), person("max")


def known(story: Story) -> Known:
    """What the rules know now."""
    roster = Roster()
    for commit in story.log.feed(0, 0, 10_000):
        for event in commit.events:
            roster = ROSTER.evolve(roster, event)
    return Known.at(story.clock.now(), roster, facts.about(story.app.reads, roster, roster.signups))


def test_both_wait_anew_when_their_pair_ends() -> None:
    """P-11: from the end on, not from their sign-up; a draft that is dropped costs nobody their turn."""
    story = couple_of_two()
    joined = story.view("signups", "p1/mia")["since"]
    story.later(days=3)
    draft = story.pairs("max", "mia", introduce=False)
    story.later(days=3)
    story.when("end_pair", {"pair_id": draft, "reason": "other"}, ADMIN)
    assert [event.type for event in story.events()] == ["PairDropped"]
    assert story.view("signups", "p1/mia")["since"] == joined
    pair = story.pairs("max", "mia")
    story.later(days=3)
    story.when("end_pair", {"pair_id": pair, "reason": "schedule"}, MIA)
    ended = to_text(story.clock.now())
    for name in ("max", "mia"):
        story.then("SignupRenewed", person_id=name, since=ended)
        seen = story.view("signups", f"p1/{name}")
        assert (seen["since"], seen["ended_at"], seen["last_pair_id"]) == (ended, ended, pair)


def test_a_mentor_with_others_left_does_not_wait_anew() -> None:
    """One of two pairs ended: there is one to go on with."""
    story = Story()
    story.joins("max", "mentor", capacity=2)
    for name in ("mia", "eve"):
        story.joins(name, "mentee")
    story.pairs("max", "eve")
    pair = story.pairs("max", "mia")
    story.when("end_pair", {"pair_id": pair, "reason": "schedule"}, MIA)
    assert [event.data["person_id"] for event in story.events() if event.type == "SignupRenewed"] == ["mia"]


@pytest.mark.parametrize(("reason", "kept"), [("schedule", "schedule"), ("blocked", "other")])
def test_what_failed_is_kept_for_the_next_mentor(reason: str, kept: str) -> None:
    """The last pair, why it ended and how well the two fitted; a block reads like an end without a reason (BL-06)."""
    story = couple_of_two()
    pair = {"pair_id": story.pairs("max", "mia")}
    if reason == "blocked":
        story.arrives("conversations.BlockRequested", {"blocker_id": "mia", "blocked_id": "max"})
    else:
        story.given("end_pair", {**pair, "reason": reason}, MIA)
    seen = known(story)
    found = former(seen, seen.profiles.values())["mia"]
    assert (found.mentor_id, found.reason) == ("max", kept)
    assert found.parts["needs"] == 1


def test_a_former_mentor_whose_answers_are_gone_leaves_the_reason_alone() -> None:
    """How well they fitted cannot be known then."""
    story = couple_of_two()
    story.given("end_pair", {"pair_id": story.pairs("max", "mia"), "reason": "language"}, MIA)
    story.keys.destroy_owner("max")
    seen = known(story)
    found = former(seen, seen.profiles.values())["mia"]
    assert (found.reason, dict(found.parts)) == ("language", {})


def test_who_never_had_a_pair_here_has_no_former_one() -> None:
    """Neither has who was in a draft only."""
    story = couple_of_two()
    story.given("end_pair", {"pair_id": story.pairs("max", "mia", introduce=False), "reason": "other"}, ADMIN)
    seen = known(story)
    assert former(seen, seen.profiles.values()) == {}


def test_a_pause_comes_before_the_next_pair_by_every_way_of_pairing() -> None:
    """By hand, in bulk and in a run; drafts that stand from before are introduced, as they were paired in time."""
    story = Story(rematch_rest_days=7)
    for name in ("max", "moe"):
        story.joins(name, "mentor", capacity=2)
    story.joins("mia", "mentee")
    story.given("end_pair", {"pair_id": story.pairs("max", "mia"), "reason": "mismatch"}, MIA)
    two = {"mentor_id": "moe", "mentee_id": "mia"}
    story.later(days=7, seconds=-1)
    story.pairing("moe", "mia").refused("resting-after-a-pair")
    story.when("create_pairs", {**PROGRAM, "pairs": [two]}, ADMIN)
    assert story.answer["results"][0]["problem"] == "resting-after-a-pair"
    story.when("recommend", {**PROGRAM, "locked": [two]}, ADMIN).refused("resting-after-a-pair")
    story.when("recommend", PROGRAM, ADMIN).then("RecommendationsProposed", pairs=[])
    story.later(seconds=1)
    story.given("recommend", PROGRAM, ADMIN)
    story.when("publish_recommendations", {**PROGRAM, "run_id": story.answer["run_id"]}, ADMIN)
    assert not api.BulkAnswer().validate(story.answer)
    story.then("PairIntroduced", mentor_id="moe", mentee_id="mia")
