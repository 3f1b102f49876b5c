"""The preview of the fairness dial: what each setting would bring, before anything is decided (P-10)."""

from __future__ import annotations

import pytest

from services.matching.domain.recommending import inputs_hash, instance_of
from services.matching.recommended import known_now
from shared.application.table import Asked
from shared.contracts import recommendations_api as api
from shared.kernel.events import Data
from shared.testing.scenario import person
from tests.services.matching.soap import recommended, soap_makers
from tests.services.matching.story import ADMIN, PROGRAM, STRANGER, Story

WAITING = 24
PLACES = 10


def many(waiting: int = WAITING) -> Story:
    """Ten places and more who want them: the longer somebody waits, the less they ask for what is offered."""
    story = Story()
    for number in range(PLACES):
        story.joins(f"mentor-{number}", "mentor", topics=["lye", "scents"])
    for number in range(waiting):
        story.later(days=1)
        needs = ["lye"] if number >= waiting // 2 else ["colours", "lye", "scents"]
        story.joins(f"mentee-{number:02}", "mentee", needs=needs)
    return story


def at(preview: Data, fairness: float) -> Data:
    return next(one for one in preview["dial"] if one["fairness"] == fairness)


def test_the_dial_trades_quality_for_waiting_time() -> None:
    """Five settings; as many are served at each; the shares are of groups of five and more."""
    found = many().asks("preview")
    assert not api.PreviewAnswer().validate(found)
    assert (found["waiting"], found["places"]) == (WAITING, PLACES)
    assert [one["fairness"] for one in found["dial"]] == [0, 0.25, 0.5, 0.75, 1]
    assert {one["served"] for one in found["dial"]} == {PLACES}
    left, right = at(found, 0), at(found, 1)
    assert left["mean_quality"] > right["mean_quality"]
    assert left["longest_waiting_served"] == 0
    assert right["longest_waiting_served"] == 1
    by_needs = {one["needs"]: one["served"] for one in left["by_needs"]}
    assert by_needs == {"1": pytest.approx(PLACES / 12, abs=1e-3), "2": None, "3+": 0}


def test_small_numbers_are_hidden() -> None:
    """A share of fewer than five people would be about each of them, and so would the mean of their scores."""
    found = at(many(waiting=12).asks("preview"), 0.5)
    assert found["longest_waiting_served"] is None
    assert [one["served"] is None for one in found["by_needs"]] == [False, True, False]
    assert at(many(waiting=4).asks("preview"), 0.5)["mean_quality"] is None


def test_a_hidden_share_does_not_follow_from_the_others() -> None:
    """Of four with two wishes one could tell by counting, were only their share missing: the next group goes too."""
    story = many(waiting=12)
    for number in range(4):
        story.joins(f"two-{number}", "mentee", needs=["lye", "scents"])
    assert [one["served"] is None for one in at(story.asks("preview"), 0.5)["by_needs"]] == [True, True, False]


def test_five_are_enough_for_a_share_and_a_quarter_is_rounded_up() -> None:
    """Of seventeen who wait the longest-waiting quarter are five."""
    assert at(many(waiting=17).asks("preview"), 1)["longest_waiting_served"] == 1
    assert at(many(waiting=16).asks("preview"), 1)["longest_waiting_served"] is None


def test_the_preview_decides_nothing_and_is_what_a_run_brings() -> None:
    """Read only: no event, and the run that follows has these numbers."""
    story = many()
    head = story.log.head(0)
    found = story.asks("preview")
    assert story.log.head(0) == head
    for one in found["dial"]:
        pairs = recommended(story, fairness=one["fairness"])["proposals"]
        assert len(pairs) == one["served"]
        assert sum(pair["score"] for pair in pairs) / len(pairs) == pytest.approx(one["mean_quality"], abs=1e-3)


def test_a_question_knows_what_a_run_knows() -> None:
    """The hash over all facts is the same: drafts, ended pairs, load, blocks, wishes and former pairs included."""
    story = soap_makers(rematch_rest_days=0, max={"capacity": 3, "do_not_pair": ["ben"]})
    story.pairs("max", "eve", introduce=False)
    ended = story.pairs("moe", "mia")
    story.given("end_pair", {"pair_id": ended, "reason": "schedule"}, person("mia"))
    story.arrives("conversations.BlockRequested", {"blocker_id": "amy", "blocked_id": "eve"})
    run = recommended(story)
    asked = Asked(PROGRAM, ADMIN, story.app.reads, story.clock.now())
    instance = instance_of(known_now(asked, story.view("rosters", "p1")))
    assert inputs_hash(instance, run["fairness"], run["seed"], asked.now) == run["inputs_hash"]


def test_pairs_that_a_run_kept_stay_in_the_preview() -> None:
    """The same locked pairs as in that run."""
    story = many()
    locked = [{"mentor_id": "mentor-0", "mentee_id": "mentee-00"}]
    run_id = recommended(story, locked=locked)["run_id"]
    free, kept = (at(story.asks("preview", **how), 0) for how in ({}, {"locked_of": run_id}))
    assert kept["served"] == free["served"]
    assert kept["mean_quality"] < free["mean_quality"]


def test_an_empty_program_has_a_preview() -> None:
    """Zeros, and no quality where there are no pairs."""
    found = Story().asks("preview")
    assert {(one["served"], one["mean_quality"]) for one in found["dial"]} == {(0, None)}


def test_the_preview_is_the_admins() -> None:
    """Strangers do not learn that the program is there; a run of another program is none."""
    story = many(waiting=1)
    assert story.asked_refused("preview", PROGRAM, person("mentee-00")) == "forbidden"
    assert story.asked_refused("preview", PROGRAM, STRANGER) == "not-found"
    assert story.asked_refused("preview", {**PROGRAM, "locked_of": "none"}, ADMIN) == "not-found"
