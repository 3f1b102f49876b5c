"""The waiting list with its age."""

from __future__ import annotations

from shared.contracts import matching_api as api
from shared.testing.scenario import person
from tests.services.matching.story import ADMIN, PROGRAM, STRANGER, Story

MIA = person("mia")


def queue() -> Story:
    """Max and Moe are mentors; Mia, Eve and Zoe joined day by day."""
    story = Story()
    for name in ("max", "moe"):
        story.joins(name, "mentor")
    for name in ("mia", "eve", "zoe"):
        story.later(days=1)
        story.joins(name, "mentee")
    return story


def listed(story: Story, **params: object) -> list[str]:
    return [one["person_id"] for one in story.asks("waiting", **params)["items"]]


def test_who_has_waited_longest_comes_first() -> None:
    """P-11: mentors and mentees without a pair, since when, until when, and how often they were proposed."""
    story = queue()
    story.later(days=4)
    story.given("recommend", PROGRAM, ADMIN)
    found = story.asks("waiting", role="mentee")
    assert not api.WaitingAnswer().validate(found)
    assert [(one["name"], one["days"]) for one in found["items"]] == [("Mia", 6), ("Eve", 5), ("Zoe", 4)]
    assert sum(one["proposals"] for one in found["items"]) == 2
    assert {one["expires_at"] for one in found["items"]} == {
        "2026-06-01T09:00:00.000Z",
        "2026-06-02T09:00:00.000Z",
        "2026-06-03T09:00:00.000Z",
    }
    assert sorted(listed(story)) == ["eve", "max", "mia", "moe", "zoe"]


def test_the_list_pages_without_losing_anybody() -> None:
    """Two who came at the same moment are two."""
    story = queue()
    seen, cursor = [], None
    while True:
        page = story.asks("waiting", limit=1, cursor=cursor)
        seen += [one["person_id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == listed(story)
    assert len(set(seen)) == 5


def test_who_is_paired_pauses_or_left_does_not_wait() -> None:
    """A draft counts as a pair; whose pair is over goes to the end of the list."""
    story = queue()
    pair = story.pairs("max", "mia")
    story.pairs("moe", "zoe", introduce=False)
    assert listed(story) == ["eve"]
    story.later(days=1)
    story.given("end_pair", {"pair_id": pair, "reason": "schedule"}, MIA)
    assert listed(story, role="mentee") == ["eve", "mia"]
    story.given("pause_signup", PROGRAM, person("eve"))
    story.given("withdraw_signup", PROGRAM, MIA)
    assert listed(story, role="mentee") == []
    assert listed(story) == ["max"]


def test_a_run_counts_once_for_everybody_in_it() -> None:
    """Also for a mentor of several; who is put in by hand was proposed too."""
    story = Story()
    story.joins("max", "mentor", capacity=2)
    story.joins("moe", "mentor")
    for name in ("mia", "eve"):
        story.joins(name, "mentee")
    locked = [{"mentor_id": "max", "mentee_id": name} for name in ("mia", "eve")]
    story.given("recommend", {**PROGRAM, "locked": locked}, ADMIN)
    edit = {"remove": locked[:1], "add": [{"mentor_id": "moe", "mentee_id": "mia"}]}
    story.given("edit_recommendations", {**PROGRAM, "run_id": story.answer["run_id"], **edit}, ADMIN)
    found = {one["person_id"]: one["proposals"] for one in story.asks("waiting")["items"]}
    assert found == {"max": 1, "moe": 1, "mia": 1, "eve": 1}


def test_the_waiting_list_is_for_admins() -> None:
    """Who waits is nobody else's business."""
    story = queue()
    assert story.asked_refused("waiting", PROGRAM, MIA) == "forbidden"
    assert story.asked_refused("waiting", PROGRAM, STRANGER) == "not-found"
