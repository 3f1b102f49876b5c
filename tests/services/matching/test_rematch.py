"""After a pair has ended: why it did is kept, both wait anew, and rest before the next one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.matching import facts
from services.matching.domain.evolving import ROSTER
from services.matching.domain.recommending import inputs_hash, instance_of
from services.matching.domain.rematching import former
from services.matching.domain.roster import Roster
from services.matching.domain.rules import Known
from services.matching.recommended import known_now
from shared.application.table import Asked
from shared.contracts import matching_api as api
from shared.kernel.clock import to_text
from shared.testing.scenario import person
from tests.services.matching.soap import recommended
from tests.services.matching.story import ADMIN, PROGRAM, Story, couple_of_two

MIA, MAX = person("mia"), person("max")


def known(story: Story) -> Known:
    """What a run would know now."""
    roster = Roster()
    for commit in story.log.feed(0, 0, 10_000):
        for event in commit.events:
            roster = ROSTER.evolve(roster, event)
    return Known.at(story.clock.now(), roster, facts.of_everybody(story.app.reads, roster, {}))


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


@pytest.mark.parametrize("left", ["pause_signup", "withdraw_signup"])
def test_the_next_mentor_is_better_also_where_the_last_one_left(left: str) -> None:
    """In a run, and in the questions: who shares hours comes before who fits better and shares none again."""
    evening, morning = ([{"weekday": 1, "from": f"{at}:00", "to": f"{at + 2}:00"}] for at in (18, 10))
    story = Story(rematch_rest_days=0)
    story.joins("max", "mentor", hours=morning)
    story.joins("mia", "mentee", hours=evening, topics=["lye"], needs=["lye", "scents"])
    story.joins("moe", "mentor", hours=morning, topics=["lye", "scents"])
    story.joins("amy", "mentor", hours=evening, topics=["lye"])
    pair = story.pairs("max", "mia")
    story.given("end_pair", {"pair_id": pair, "reason": "schedule"}, MIA)
    story.given(left, PROGRAM, MAX)
    run = recommended(story)
    [two] = run["proposals"]
    said = "On shared hours this is better: 67 of 100 now, 0 then."
    assert (two["mentor_id"], two["reasons"][-1][-len(said) :]) == ("amy", said)
    asked = Asked(PROGRAM, ADMIN, story.app.reads, story.clock.now())
    instance = instance_of(known_now(asked, story.view("rosters", "p1")))
    assert inputs_hash(instance, run["fairness"], run["seed"], asked.now) == run["inputs_hash"]


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
    resting = {one["person_id"]: (one["why"], one["resting_until"]) for one in recommended(story)["unmatched"]}
    until = to_text(story.clock.now() + timedelta(seconds=1))
    assert resting["mia"] == ("This person is in the pause after their last pair.", until)
    assert resting["moe"] == ("No mentee could be paired now.", None)
    story.later(seconds=1)
    story.given("recommend", PROGRAM, ADMIN)
    story.when("publish_recommendations", {**PROGRAM, "run_id": story.answer["run_id"]}, ADMIN)
    assert not api.BulkAnswer().validate(story.answer)
    story.then("PairIntroduced", mentor_id="moe", mentee_id="mia")
