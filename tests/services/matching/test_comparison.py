"""Two runs side by side (P-07)."""

from __future__ import annotations

import pytest

from services.matching.domain.comparing import changes, gained
from shared.contracts import recommendations_api as api
from shared.kernel.events import Data
from shared.testing.scenario import person
from tests.services.matching.soap import recommended, soap_makers
from tests.services.matching.story import ADMIN, PROGRAM


def pair(mentor_id: str, mentee_id: str, score: float) -> Data:
    return {"mentor_id": mentor_id, "mentee_id": mentee_id, "score": score}


def test_each_mentee_is_kept_added_removed_or_moved() -> None:
    """With the scores of both runs; one more served would count as 1."""
    earlier = [pair("max", "mia", 0.8), pair("moe", "eve", 0.6), pair("amy", "ben", 0.4)]
    later = [pair("max", "mia", 0.9), pair("amy", "eve", 0.5), pair("moe", "zoe", 0.7)]
    assert {one.mentee_id: one.kind for one in changes(earlier, later)} == {
        "mia": "kept",
        "eve": "moved",
        "ben": "removed",
        "zoe": "added",
    }
    served, quality = gained(earlier, later)
    assert (served, quality) == (0, 0.1)
    assert gained([], later) == (3, None)


def test_a_run_is_compared_with_the_one_before() -> None:
    """Names and numbers; the one before is found by itself, or named."""
    story = soap_makers()
    first = recommended(story)["run_id"]
    story.given("withdraw_signup", PROGRAM, person("ben"))
    story.later(seconds=1)
    story.joins("kai", "mentee", topics=["packaging"])
    second = recommended(story, locked=[{"mentor_id": "moe", "mentee_id": "mia"}])["run_id"]
    found = story.asks("comparison", run_id=second)
    assert not api.ComparisonAnswer().validate(found)
    assert (found["against"], found["served"], found["same_inputs"]) == (first, 0, False)
    assert [one["mentee_name"] for one in found["added"]] == ["Kai"]
    assert [one["mentee_name"] for one in found["removed"]] == ["Ben"]
    moved = {one["mentee_name"]: (one["earlier_mentor_name"], one["mentor_name"]) for one in found["moved"]}
    assert moved == {"Mia": ("Max", "Moe"), "Eve": ("Moe", "Max")}
    back = story.asks("comparison", run_id=first, against=second)
    assert back["quality"] == pytest.approx(-found["quality"])


def test_the_same_again_is_kept_whole() -> None:
    """Nothing moved, from the same facts."""
    story = soap_makers()
    recommended(story)
    story.later(seconds=1)
    found = story.asks("comparison", run_id=recommended(story)["run_id"])
    assert (found["same_inputs"], found["served"], found["quality"]) == (True, 0, 0)
    assert (len(found["kept"]), found["added"], found["removed"], found["moved"]) == (3, [], [], [])


def test_the_first_run_has_nothing_to_be_compared_with() -> None:
    """Nor has one that is not there; it is the admins' to ask."""
    story = soap_makers()
    run = {**PROGRAM, "run_id": recommended(story)["run_id"]}
    assert story.asked_refused("comparison", run, ADMIN) == "not-found"
    assert story.asked_refused("comparison", {**run, "against": "none"}, ADMIN) == "not-found"
    assert story.asked_refused("comparison", run, person("mia")) == "forbidden"
