"""Several people who block the same person are for moderators to look at (BL-12)."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from shared.kernel.actor import Actor
from shared.kernel.events import Data
from shared.testing.scenario import moderator
from tests.services.trust_safety.story import ADA, BEN, MIA, MO, REASONS, SUE, Story

PERSON = {"kind": "person", "id": "ben"}


def _blocks(story: Story, *blockers: str, blocked: str = "ben") -> Story:
    for blocker in blockers:
        story.arrives("conversations.BlockRequested", {"blocker_id": blocker, "blocked_id": blocked})
    return story


def _cases(story: Story, who: Actor = MO) -> list[Data]:
    return list(story.ask("moderation_cases", {}, who)["items"])


def test_three_people_open_a_case(story: Story) -> None:
    """BL-12: the third opens a case of the platform's, with a due time of its own; two do not, nor do three of them
    who block different people."""
    _blocks(story, "ada", "cleo")
    _blocks(story, "dan", blocked="eve")
    assert _cases(story) == []
    _blocks(story, "dan").then("CaseOpened", queue="platform", group_id=None, subject_id="ben", opened_by="blocks")
    [case] = _cases(story)
    assert (case["target_kind"], case["target_id"], case["severity"]) == ("person", "ben", "S2")
    assert case["due_at"] == "2026-03-05T09:00:00.000Z"
    story.later(days=3).then("CaseEscalated", by=None)


def test_the_same_person_counts_once(story: Story) -> None:
    """BL-12: who takes a block back and blocks again is still one person."""
    for _ in range(3):
        _blocks(story, "ada")
        story.arrives("conversations.UnblockRequested", {"blocker_id": "ada", "blocked_id": "ben"})
        story.clock.advance(hours=1)
    assert _cases(story) == []


def test_they_fall_within_30_days(story: Story) -> None:
    """BL-12: thirty days from the first to the last are few enough, a second more is too long; then the oldest does not
    count any more."""
    for days, seconds, opened in ((30, 0, True), (30, 1, False)):
        story = Story()
        _blocks(story, "ada")
        story.clock.advance(days=10)
        _blocks(story, "cleo")
        story.clock.advance(days=days - 10, seconds=seconds)
        _blocks(story, "dan")
        assert bool(_cases(story)) == opened
    story.clock.advance(days=10, seconds=-1)
    _blocks(story, "eve").then("CaseOpened", opened_by="blocks")


@pytest.mark.parametrize("order", list(permutations((0, 10, 40))))
def test_the_order_in_which_they_are_heard_changes_nothing(story: Story, order: tuple[int, ...]) -> None:
    """BL-12: blocks of several couples come in any order; days 0, 10 and 40 are too far apart in each, and with day 5
    they are not."""
    for day in order:
        data = {
            "person_id": "ben",
            "blocker_id": f"p{day}",
            "at": f"2026-{3 + day // 30:02d}-{1 + day % 30:02d}T09:00:00Z",
        }
        story.given("count_block", data)
    assert _cases(story) == []
    story.given("count_block", {"person_id": "ben", "blocker_id": "late", "at": "2026-03-06T09:00:00Z"})
    assert len(_cases(story)) == 1


def test_a_second_crossing_opens_no_second_case(story: Story) -> None:
    """BL-12: while a case is open, further blocks open none; after it, three people anew open the next."""
    _blocks(story, "ada", "cleo", "dan")
    [case] = _cases(story)
    _blocks(story, "eve", "fay", "gil")
    assert [event.type for event in story.events()] == ["PersonBlocked", "BlockCounted", "BlocksGathered"]
    assert [(one["case_id"], one["version"]) for one in _cases(story)] == [(case["case_id"], case["version"])]
    story.given("assign_case", {"case_id": case["case_id"]}, MO)
    story.given("act_on_case", {"case_id": case["case_id"], "action": "dismiss"}, MO).then(
        "CaseClosed", reporter_ids=[]
    )
    _blocks(story, "hal", "ida")
    assert len(_cases(story)) == 1
    _blocks(story, "jon").then("CaseOpened", opened_by="blocks")


def test_a_case_that_a_group_looks_at_goes_to_the_platform(story: Story) -> None:
    """BL-12, BL-10: no report to the group's own admins keeps the blocks from moderators; the admins are not told why
    the case left their queue."""
    case_id = story.reported(target=PERSON, reason="spam", to="admin")
    _blocks(story, "ada", "cleo", "dan").then("CaseRaised", case_id=case_id, queue="platform", severity="S2")
    assert story.ask("cases_of_group", {"group_id": "soap"}, SUE)["items"] == []
    assert [case["opened_by"] for case in _cases(story)] == ["report"]


def test_nothing_tells_who_blocked(story: Story) -> None:
    """BL-12, BL-03: neither the case nor its evidence, statement or copy names one of them, to anybody; the blocked one
    does not learn of the case."""
    _blocks(story, "ada", "cleo", "dan")
    [case] = _cases(story)
    case_id = case["case_id"]
    story.given("assign_case", {"case_id": case_id}, MO).given("view_evidence", {"case_id": case_id}, MO)
    seen = [story.ask("case", {"case_id": case_id}, MO), story.ask("evidence", {"case_id": case_id}, MO)]
    story.act(case_id, "warn", close=False)
    seen += [story.ask("my_statements", {}, BEN), story.ask("my_reports", {}, BEN)]
    said = json.dumps(seen)
    assert not [name for name in ("ada", "cleo", "dan") if f'"{name}"' in said]
    assert "block" not in json.dumps(seen[2:])
    accused = Actor("ben", {}, frozenset({"moderator"}))
    assert _cases(story, accused) == []
    assert story.asked_refused("case", {"case_id": case_id}, accused) == "not-found"
    story.when("assign_case", {"case_id": case_id}, accused).refused("not-found")


def test_nobody_who_blocks_handles_it(story: Story) -> None:
    """BL-12, TS-12: a moderator who is one of the blockers is kept from the case like everybody in a block."""
    _blocks(story, "ada", "cleo", "mia")
    [case] = _cases(story)
    assert _cases(story, MIA) == []
    story.when("assign_case", {"case_id": case["case_id"]}, MIA).refused("not-found")
    assert _cases(story, moderator("max"))


def test_a_later_report_joins_it(story: Story) -> None:
    """BL-12, TS-05: there is one open case about a person, whatever opened it, and an action in it is about them."""
    _blocks(story, "ada", "cleo", "dan")
    [case] = _cases(story)
    assert story.reported(by=ADA, target=PERSON, reason="hate") == case["case_id"]
    story.given("assign_case", {"case_id": case["case_id"]}, MO)
    shown = story.ask("case", {"case_id": case["case_id"]}, MO)
    assert (shown["opened_by"], shown["reports"], shown["reasons"]) == ("blocks", 1, ["hate"])
    story.when("act_on_case", {"case_id": case["case_id"], "action": "warn", **REASONS}, MO)
    story.then("ActionTaken", subject_id="ben").then("CaseClosed", reporter_ids=["ada"])


def test_hearing_of_a_block_again_counts_it_once(story: Story) -> None:
    """BL-12: what is delivered twice changes nothing."""
    _blocks(story, "ada", "cleo", "dan")
    counted = [
        event for commit in story.log.feed(0, 0, 999) for event in commit.events if event.type == "PersonBlocked"
    ]
    before = story.log.head(0)
    for event in counted:
        story.app.react(event)
    assert story.log.head(0) == before
