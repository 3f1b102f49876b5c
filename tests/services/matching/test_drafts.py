"""From a run to pairs: the rest solved anew, edited by hand, published as drafts, taken back, introduced, run out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.matching.domain.errors import TooManyAtOnce
from services.matching.domain.pairing import AT_ONCE
from services.matching.domain.publishing import publish_recommendations
from services.matching.domain.roster import Roster, Run
from shared.contracts import matching_api as api
from shared.kernel.events import Data, Occasion
from shared.testing.scenario import person
from tests.services.matching.story import ADMIN, PROGRAM, STRANGER, Story

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MIA, EVE = person("mia"), person("eve")
BLOCK = {"blocker_id": "mia", "blocked_id": "max"}


def two(mentor: str, mentee: str) -> Data:
    return {"mentor_id": mentor, "mentee_id": mentee}


MAX_MIA, MOE_EVE, MOE_MIA, MAX_EVE = two("max", "mia"), two("moe", "eve"), two("moe", "mia"), two("max", "eve")


def workshop(**settings: object) -> Story:
    """Max suits Mia and has two places, Moe suits Eve."""
    story = Story(**settings)
    story.joins("max", "mentor", topics=["lye"], capacity=2)
    story.joins("moe", "mentor", topics=["scents"])
    story.joins("mia", "mentee", topics=["lye"])
    story.joins("eve", "mentee", topics=["scents"])
    return story


def run_of(story: Story, **how: object) -> Data:
    """A new run, as the command that names it."""
    story.given("recommend", {**PROGRAM, **how}, ADMIN)
    return {**PROGRAM, "run_id": story.answer["run_id"]}


def batch_of(story: Story) -> Data:
    """A run published as drafts, as the command that names the batch."""
    story.given("publish_recommendations", {**run_of(story), "introduce": False, "introduction": "Enjoy."}, ADMIN)
    return {**PROGRAM, "batch_id": story.answer["batch_id"]}


def couples(story: Story, run: Data) -> list[Data]:
    shown = story.asks("recommendations", run_id=run["run_id"])
    return [two(one["mentor_id"], one["mentee_id"]) for one in shown["proposals"]]


def problems(story: Story) -> dict[str, str | None]:
    """By mentee what came of each in the last bulk command."""
    assert not api.BulkAnswer().validate(story.answer)
    return {one["mentee_id"]: one.get("problem") for one in story.answer["results"]}


def test_the_rest_of_a_run_is_solved_anew_on_its_own_terms() -> None:
    """P-07: what was liked is locked; dial and seed are those of the run before, unless others are given."""
    story = workshop()
    first = run_of(story, fairness=0.8, seed=7)
    story.when("recommend", {**PROGRAM, "rest_of": first["run_id"], "locked": [MAX_EVE]}, ADMIN)
    story.then("RecommendationsProposed", fairness=0.8, seed=7, parent_run_id=first["run_id"])
    shown = story.asks("recommendations", run_id=story.answer["run_id"])
    assert {one["mentee_id"]: one["locked"] for one in shown["proposals"]} == {"eve": True, "mia": False}
    story.when("recommend", {**PROGRAM, "rest_of": first["run_id"], "fairness": 0.1}, ADMIN)
    story.then("RecommendationsProposed", fairness=0.1, seed=7)
    story.when("recommend", {**PROGRAM, "rest_of": "none"}, ADMIN).refused("unknown-run")


def test_what_is_published_is_the_run_as_it_was_edited() -> None:
    """P-07: pairs go and come by the admin's hand; the run shows it, and that is what becomes pairs."""
    story = workshop()
    story.joins("zoe", "mentee", topics=["lye"])
    run = run_of(story, locked=[MAX_MIA, MOE_EVE, two("max", "zoe")])
    edit = {**run, "remove": [MAX_MIA, MOE_EVE], "add": [MOE_MIA]}
    story.when("edit_recommendations", edit, ADMIN).then("RecommendationsEdited", run_id=run["run_id"])
    assert "'lye'" not in str(story.opened(story.events()[0]))
    assert couples(story, run) == [two("max", "zoe"), MOE_MIA]
    shown = story.asks("recommendations", run_id=run["run_id"])
    assert [one["person_id"] for one in shown["unmatched"]] == ["eve"]
    story.given("publish_recommendations", run, ADMIN)
    assert problems(story) == {"zoe": None, "mia": None}


def test_an_edit_asks_the_rules_also_of_the_places_that_the_run_gives_away() -> None:
    """P-06: one function for all; an edit that is refused changes nothing."""
    story = workshop()
    run = run_of(story)
    for edit, slug in (
        ({"add": [MOE_MIA]}, "mentee-already-paired"),
        ({"remove": [MAX_MIA], "add": [MOE_MIA]}, "mentor-at-capacity"),
        ({"remove": [MAX_MIA, MOE_EVE], "add": [MOE_MIA, MOE_EVE]}, "mentor-at-capacity"),
        ({"remove": [MAX_EVE]}, "pair-not-proposed"),
        ({"add": [two("mia", "max")]}, "wrong-role"),
        ({}, "invalid-input"),
        ({"run_id": "none", "add": [MAX_MIA]}, "unknown-run"),
    ):
        story.when("edit_recommendations", {**run, **edit}, ADMIN).refused(slug)
    story.arrives("trust_safety.PersonBlocked", BLOCK)
    story.when("edit_recommendations", {**run, "remove": [MAX_MIA], "add": [MAX_MIA]}, ADMIN).refused(
        "not-to-be-paired"
    )
    assert {one["mentee_id"] for one in couples(story, run)} == {"mia", "eve"}


def test_a_published_pair_does_not_take_its_place_twice() -> None:
    """What of a run is a pair by now is counted by the roster alone."""
    story = workshop()
    run = run_of(story, locked=[MAX_MIA, MOE_EVE])
    story.given("publish_recommendations", {**run, "pairs": [MAX_MIA]}, ADMIN)
    story.when("edit_recommendations", {**run, "remove": [MOE_EVE], "add": [MAX_EVE]}, ADMIN)
    story.then("RecommendationsEdited")


def test_a_proposal_whose_draft_was_taken_back_holds_its_places_again() -> None:
    """It can be published once more."""
    story = workshop()
    run = run_of(story, locked=[MAX_MIA, MOE_EVE])
    story.given("publish_recommendations", {**run, "introduce": False}, ADMIN)
    story.given("undo_publication", {**PROGRAM, "batch_id": story.answer["batch_id"]}, ADMIN)
    story.when("edit_recommendations", {**run, "add": [MOE_MIA]}, ADMIN).refused("mentee-already-paired")


def test_the_latest_twenty_runs_are_kept() -> None:
    """An older one is unknown, the newest is never the one that goes."""
    story = Story()
    runs = [run_of(story) for _ in range(21)]
    story.when("publish_recommendations", runs[0], ADMIN).refused("unknown-run")
    for run in (runs[1], runs[-1]):
        story.when("publish_recommendations", run, ADMIN).then("PairsCreated")


def test_a_couple_that_is_paired_again_is_another_pair() -> None:
    """However often a draft was taken back: what belongs to one pair never shows in the next."""
    story = workshop()
    pairs = []
    for _ in range(3):
        pairs.append(story.pairs("max", "mia", introduce=False))
        story.given("end_pair", {"pair_id": pairs[-1], "reason": "other"}, ADMIN)
    assert len(set(pairs)) == 3


def test_no_draft_is_introduced_in_a_closed_program() -> None:
    """P-02; it may still be taken back."""
    story = workshop()
    batch = batch_of(story)
    story.arrives("programs.ProgramClosed", {**PROGRAM, "group_id": "soap"})
    story.when("introduce_batch", batch, ADMIN).refused("program-not-open")
    story.when("undo_publication", batch, ADMIN).then("PairDropped", mentee_id="mia")


def test_a_run_that_is_too_old_is_neither_published_nor_edited() -> None:
    """P-11: it is good to its last second; a new one is good again."""
    story = workshop(proposals_expire_after_days=2)
    run = run_of(story)
    story.later(days=1, hours=23, minutes=59, seconds=59)
    story.when("edit_recommendations", {**run, "remove": [MOE_EVE]}, ADMIN).then("RecommendationsEdited")
    story.later(seconds=1)
    story.when("edit_recommendations", {**run, "remove": [MAX_MIA]}, ADMIN).refused("run-expired")
    story.when("publish_recommendations", run, ADMIN).refused("run-expired")
    story.when("publish_recommendations", run_of(story), ADMIN).then("PairIntroduced")


def test_a_run_of_more_pairs_than_fit_into_a_commit_is_published_in_parts() -> None:
    """By naming them; what is not done at all says how it is done."""
    pairs = [two(f"mentor {number}", f"mentee {number}") for number in range(AT_ONCE + 1)]
    roster = Roster("p1", "soap", open=True, runs={"r": Run(pairs, 0.5, 0, "hash", None, by_schedule=False)})
    facts = {"profiles": {}, "standing": {}, "blocked": frozenset()}
    occasion = Occasion(START, "command", ADMIN, facts)
    with pytest.raises(TooManyAtOnce):
        publish_recommendations(roster, {"run_id": "r"}, occasion)
    [report] = publish_recommendations(roster, {"run_id": "r", "pairs": pairs[:AT_ONCE]}, occasion)
    assert len(report.data["results"]) == AT_ONCE


def test_drafts_are_dropped_in_time_and_free_their_places() -> None:
    """P-11: nobody hears of it, who waits keeps their turn; an introduced pair is past it."""
    story = workshop(proposals_expire_after_days=2)
    since = story.view("signups", "p1/mia")["since"]
    story.later(hours=1)
    batch_of(story)
    pairs = {one["mentee_id"]: one["pair_id"] for one in story.answer["results"]}
    story.given("introduce_pair", {"pair_id": pairs["eve"]}, ADMIN)
    story.later(days=2, seconds=-1).nothing()
    story.later(seconds=1).then("PairDropped", mentee_id="mia", reason="timed-out", by=None)
    assert "PairEnded" not in [event.type for event in story.events()]
    assert story.view("signups", "p1/mia")["since"] == since
    story.pairing("max", "mia").then("PairIntroduced")
    story.when("expire_draft", {"pair_id": pairs["eve"]}).nothing()


def test_a_batch_of_drafts_is_introduced_each_for_itself() -> None:
    """P-07: the rules are asked again: who left, paused or blocked in between is named with the reason."""
    story = workshop()
    batch = batch_of(story)
    assert story.ask("my_pairs", {}, MIA)["items"] == []
    drafts = story.asks("pairs_of_program")["items"]
    assert not any(api.PairForAdmin().validate(one) for one in drafts)
    assert {(one["batch_id"], one["expires_at"]) for one in drafts} == {
        (batch["batch_id"], "2026-03-16T09:00:00.000Z"),
    }
    story.given("pause_signup", PROGRAM, EVE)
    story.when("introduce_batch", batch, ADMIN, key="once").then("PairIntroduced", mentee_id="mia")
    assert problems(story) == {"mia": None, "eve": "signup-paused"}
    assert story.ask("my_pairs", {}, MIA)["items"][0]["introduction"] == "Enjoy."
    answer = story.answer
    story.when("introduce_batch", batch, ADMIN, key="once").nothing()
    assert story.answer == answer
    story.given("resume_signup", PROGRAM, EVE)
    story.when("introduce_batch", {**batch, "introduction": "At last."}, ADMIN).then("PairIntroduced", mentee_id="eve")
    assert problems(story) == {"mia": "already-introduced", "eve": None}
    assert story.ask("my_pairs", {}, EVE)["items"][0]["introduction"] == "At last."


def test_a_batch_is_taken_back_as_far_as_nobody_was_told() -> None:
    """P-07, undo before publishing: the two may be paired again, and a second undo finds nothing."""
    story = workshop()
    batch = batch_of(story)
    eve = next(one for one in story.answer["results"] if one["mentee_id"] == "eve")
    story.given("introduce_pair", {"pair_id": eve["pair_id"]}, ADMIN)
    story.when("undo_publication", batch, ADMIN, key="once").then("PairDropped", mentee_id="mia")
    assert problems(story) == {"mia": None, "eve": "already-introduced"}
    answer = story.answer
    story.when("undo_publication", batch, ADMIN, key="once").nothing()
    assert story.answer == answer
    story.when("undo_publication", batch, ADMIN)
    assert problems(story) == {"mia": "pair-ended", "eve": "already-introduced"}
    story.pairing("max", "mia").then("PairIntroduced")


@pytest.mark.parametrize("command", ["undo_publication", "introduce_batch"])
def test_batches_are_the_admins_and_of_one_program(command: str) -> None:
    """Unknown and foreign ones answer alike."""
    story = workshop()
    batch = batch_of(story)
    story.when(command, {**PROGRAM, "batch_id": "none"}, ADMIN).refused("unknown-batch")
    story.when(command, batch, MIA).refused("forbidden")
    story.when(command, batch, STRANGER).refused("not-found")


def test_a_block_before_the_introduction_looks_like_any_draft_that_is_gone() -> None:
    """BL-06, BL-07: whether it was heard of only, or has dropped the draft, nobody is introduced and nothing told."""
    story = workshop()
    batch = batch_of(story)
    story.arrives("conversations.BlockRequested", BLOCK)
    story.when("introduce_batch", batch, ADMIN)
    assert problems(story) == {"mia": "pair-ended", "eve": None}
    other = workshop()
    draft = batch_of(other)
    drafts = {one["mentee_id"]: one["pair_id"] for one in other.answer["results"]}
    other.given("end_pair", {"pair_id": drafts["mia"], "reason": "other"}, ADMIN)
    other.when("introduce_batch", draft, ADMIN)
    assert problems(other) == problems(story)
    shown = [one["reason"] for one in story.asks("pairs_of_program")["items"] if one["status"] == "dropped"]
    assert shown == [one["reason"] for one in other.asks("pairs_of_program")["items"] if one["status"] == "dropped"]


def test_a_block_between_a_run_and_its_publishing_holds() -> None:
    """BL-07: the run was made before it; of the two nothing becomes of it, as with a private wish."""
    story = workshop()
    run = run_of(story)
    story.arrives("conversations.BlockRequested", BLOCK)
    story.when("publish_recommendations", run, ADMIN)
    assert problems(story) == {"mia": "not-to-be-paired", "eve": None}


def test_two_admins_who_publish_at_once_make_every_pair_once() -> None:
    """P-11: whoever comes second is told for each pair that it is there already."""
    story = workshop()
    run, again = run_of(story), run_of(story)
    story.given("publish_recommendations", run, ADMIN)
    story.when("publish_recommendations", again, person("otto", admin_of="soap"))
    assert set(problems(story).values()) == {"mentee-already-paired"}
    assert len(story.asks("pairs_of_program")["items"]) == 2


def test_runs_are_listed_the_latest_first() -> None:
    """So that a run that nobody asked for is found; for admins alone."""
    story = workshop()
    first = run_of(story)
    story.later(seconds=1)
    last = run_of(story, rest_of=first["run_id"])
    story.given("edit_recommendations", {**last, "remove": [MAX_MIA]}, ADMIN)
    found = story.asks("runs")
    assert not api.RunsAnswer().validate(found)
    assert [one["run_id"] for one in found["items"]] == [last["run_id"], first["run_id"]]
    assert [one["pairs"] for one in found["items"]] == [1, 2]
    assert [one["parent_run_id"] for one in found["items"]] == [first["run_id"], None]
    assert story.asked_refused("runs", PROGRAM, MIA) == "forbidden"
