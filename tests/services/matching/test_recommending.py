"""Recommendations: the best whole assignment, with its reasons, kept and published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.matching.domain.profile import Profile, profile
from services.matching.domain.scoring import WEIGHTS, fit
from shared.contracts import recommendations_api as api
from shared.kernel.events import Data
from shared.testing.scenario import person
from tests.services.matching.story import ADMIN, PROGRAM, STRANGER, Story, answers, couple_of_two

MIA = person("mia")


def told(name: str, **said: Any) -> Profile:
    return profile(name, "event", answers(**said))


def pairs_of(run: Data) -> set[tuple[str, str]]:
    return {(one["mentor_id"], one["mentee_id"]) for one in run["proposals"]}


def recommended(story: Story, **how: Any) -> Data:
    story.when("recommend", {**PROGRAM, **how}, ADMIN).then("RecommendationsProposed")
    return story.asks("recommendations", run_id=story.answer["run_id"])


def soap_makers() -> Story:
    """Two mentors, three mentees; only one mentor knows lye."""
    story = Story()
    story.joins("max", "mentor", topics=["lye", "scents"])
    story.joins("moe", "mentor", topics=["scents"])
    story.later(seconds=1)
    story.joins("eve", "mentee", topics=["scents"], needs=["Scents"])
    story.later(seconds=1)
    story.joins("mia", "mentee", topics=["lye"], needs=["lye", "moulds"])
    story.later(seconds=1)
    story.joins("zoe", "mentee", topics=["colours"], languages=["fr"])
    return story


def test_the_whole_assignment_counts_not_who_came_first() -> None:
    """P-08: Eve came first and would suit either; Max goes to Mia, whom he alone can help."""
    run = recommended(soap_makers())
    assert not api.RecommendationsAnswer().validate(run)
    assert pairs_of(run) == {("max", "mia"), ("moe", "eve")}
    why = {one["person_id"]: (one["name"], one["why"]) for one in run["unmatched"]}
    assert why == {"zoe": ("Zoe", "No free mentor can be paired with this person.")}


def test_a_proposal_explains_itself() -> None:
    """P-09: reasons, what stays unmet, and the runner-up."""
    run = recommended(soap_makers())
    mia = next(one for one in run["proposals"] if one["mentee_id"] == "mia")
    assert "Max can help with 1 of Mia's 2 wishes: “lye” (the first)." in mia["reasons"]
    assert mia["unmet"] == ["moulds"]
    assert mia["runner_up"]["mentor_id"] == "moe"
    assert 0 < mia["runner_up"]["score"] < mia["score"] <= 1
    assert (mia["mentor_name"], mia["mentee_name"], mia["locked"]) == ("Max", "Mia", False)


def test_the_event_of_a_run_holds_nobodys_words() -> None:
    """Neither in clear nor in what is sealed: the reasons are read from the answers, as long as these are there."""
    story = soap_makers()
    run = recommended(story)
    event = next(event for event in story.log.feed(0, 0, 100)[-1].events)
    assert "moulds" not in str(story.opened(event))
    story.keys.destroy_owner("mia")
    again = story.asks("recommendations", run_id=run["run_id"])
    mia = next(one for one in again["proposals"] if one["mentee_id"] == "mia")
    assert mia["reasons"] == ["The answers that this was made from have been removed since."]
    assert (mia["unmet"], mia["mentee_name"]) == ([], "[removed]")


def test_the_same_inputs_give_the_same_run() -> None:
    """P-09: the hash names the inputs, the answer follows from them."""
    story = soap_makers()
    one, other = recommended(story), recommended(story)
    assert one["inputs_hash"] == other["inputs_hash"]
    assert one["weights"] == WEIGHTS
    assert one["proposals"] == other["proposals"]
    story.given("change_signup", {**PROGRAM, "answers": answers(topics=["moulds"])}, MIA)
    assert recommended(story)["inputs_hash"] != one["inputs_hash"]


def test_locked_pairs_stay_and_take_their_places_first() -> None:
    """P-07; a locked pair that breaks a rule is refused with that rule."""
    story = soap_makers()
    run = recommended(story, locked=[{"mentor_id": "max", "mentee_id": "eve"}])
    assert pairs_of(run) == {("max", "eve"), ("moe", "mia")}
    assert [one["mentee_id"] for one in run["proposals"] if one["locked"]] == ["eve"]
    story.when("recommend", {**PROGRAM, "locked": [{"mentor_id": "max", "mentee_id": "zoe"}]}, ADMIN)
    story.refused("no-shared-language")


def test_the_fairness_dial_turns_from_fit_to_waiting_time() -> None:
    """P-10: one place, two who want it."""
    story = Story()
    story.joins("max", "mentor", topics=["lye"])
    story.joins("eve", "mentee", topics=["scents"])
    story.later(days=9)
    story.joins("mia", "mentee", topics=["lye"])
    assert pairs_of(recommended(story, fairness=0)) == {("max", "mia")}
    assert pairs_of(recommended(story, fairness=1)) == {("max", "eve")}


@pytest.mark.parametrize("fairness", [-0.1, 1.1, float("nan"), "much"])
def test_the_dial_has_two_ends(fairness: object) -> None:
    """Between 0 and 1, a number."""
    couple_of_two().when("recommend", {**PROGRAM, "fairness": fairness}, ADMIN).refused("invalid-input")


def test_an_empty_program_gets_an_empty_run() -> None:
    """No one to pair is no error."""
    run = recommended(Story())
    assert (run["proposals"], run["unmatched"]) == ([], [])


def test_publishing_pairs_and_introduces_what_is_still_allowed() -> None:
    """P-07: per item; who left in between is named with the reason, and a second time makes no second pair."""
    story = soap_makers()
    run = {**PROGRAM, "run_id": recommended(story)["run_id"]}
    story.given("withdraw_signup", PROGRAM, person("eve"))
    story.when("publish_recommendations", run, ADMIN).then("PairIntroduced", mentee_id="mia")
    results = {one["mentee_id"]: one for one in story.answer["results"]}
    assert results["eve"]["problem"] == "not-signed-up"
    assert story.view("pairs", results["mia"]["pair_id"])["run_id"] == run["run_id"]
    story.when("publish_recommendations", run, ADMIN)
    assert {one["problem"] for one in story.answer["results"]} == {"mentee-already-paired", "not-signed-up"}


def test_some_of_a_run_may_be_published_as_drafts() -> None:
    """P-07: only those that are named."""
    story = soap_makers()
    run = {**PROGRAM, "run_id": recommended(story)["run_id"], "introduce": False}
    story.when("publish_recommendations", {**run, "pairs": [{"mentor_id": "moe", "mentee_id": "eve"}]}, ADMIN)
    assert [event.type for event in story.events()] == ["PairCreated", "PairsCreated"]
    assert len(story.answer["results"]) == 1


def test_runs_are_the_admins_and_of_one_program() -> None:
    """Unknown, foreign and too old answer alike."""
    story = soap_makers()
    run_id = recommended(story)["run_id"]
    story.when("publish_recommendations", {**PROGRAM, "run_id": "none"}, ADMIN).refused("unknown-run")
    story.when("recommend", PROGRAM, MIA).refused("forbidden")
    story.when("recommend", PROGRAM, STRANGER).refused("not-found")
    assert story.asked_refused("recommendations", {**PROGRAM, "run_id": run_id}, MIA) == "forbidden"
    assert story.asked_refused("recommendations", {**PROGRAM, "run_id": "none"}, ADMIN) == "not-found"


def test_candidates_are_ranked_and_only_those_the_rules_allow() -> None:
    """P-06: for pairing by hand; former pairs, the blocked and the full are not among them (BL-06)."""
    story = soap_makers()
    for name in ("abe", "bob", "cid"):
        story.joins(name, "mentor")
    ended = story.pairs("abe", "mia")
    story.given("end_pair", {"pair_id": ended, "reason": "schedule"}, MIA)
    story.arrives("conversations.BlockRequested", {"blocker_id": "bob", "blocked_id": "mia"})
    story.pairs("cid", "eve")
    found = story.asks("candidates", mentee_id="mia")
    assert not api.CandidatesAnswer().validate(found)
    assert [one["mentor_id"] for one in found["items"]] == ["max", "moe"]
    assert found["items"][0]["unmet"] == ["moulds"]


def test_candidates_are_asked_for_by_admins_for_a_free_mentee() -> None:
    """The same rules, the same names of refusals."""
    story = couple_of_two()
    assert story.asked_refused("candidates", {**PROGRAM, "mentee_id": "none"}, ADMIN) == "not-signed-up"
    assert story.asked_refused("candidates", {**PROGRAM, "mentee_id": "max"}, ADMIN) == "wrong-role"
    assert story.asked_refused("candidates", {**PROGRAM, "mentee_id": "mia"}, MIA) == "forbidden"
    story.pairs("max", "mia")
    assert story.asked_refused("candidates", {**PROGRAM, "mentee_id": "mia"}, ADMIN) == "mentee-already-paired"


def test_what_is_wanted_first_weighs_most() -> None:
    """P-05: of two needs the first counts twice the second."""
    mentee = told("mia", needs=["lye", "moulds"])
    first, second = fit(told("a", topics=["LYE "]), mentee), fit(told("b", topics=["moulds"]), mentee)
    assert first.needs == pytest.approx(2 / 3)
    assert second.needs == pytest.approx(1 / 3)


def test_a_perfect_fit_is_one_and_no_fit_is_nothing() -> None:
    """The score lies between 0 and 1, both reachable."""
    assert fit(told("a"), told("b")).score == 1
    far = replace(told("c", topics=["x"], languages=["fr"]), clocks=(48,))
    assert fit(replace(told("a"), clocks=(0,)), far).score == 0
