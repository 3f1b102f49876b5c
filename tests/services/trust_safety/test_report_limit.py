"""How many reports one person files (TS-32)."""

from __future__ import annotations

import json
from itertools import cycle

from services.gateway.problems import problem_of, response_of
from services.trust_safety.domain.limits import REPORTS
from shared.contracts.trust_safety import REASONS
from tests.services.trust_safety.story import ADA, CLEO, MESSAGE, PAIR_ID, Story

PERSON, PAIR = {"kind": "person", "id": "ben"}, {"kind": "pair", "id": PAIR_ID}
NEXT = {"target": MESSAGE, "reason": "spam"}
URGENT = {"threat-or-violence", "self-harm"}


def _as_many_as_one_can(story: Story) -> None:
    """An hour apart from each other, on three targets, new or added to."""
    for _, target in zip(range(REPORTS), cycle((PERSON, PAIR, MESSAGE)), strict=False):
        story.given("file_report", {"target": target, "reason": "hate"}, ADA)
        story.clock.advance(hours=1)


def test_the_twenty_first_in_24_hours_is_refused_until_the_first_is_a_day_old(story: Story) -> None:
    """TS-32: who is refused hears in how many seconds the next is taken, and then it is, and no sooner."""
    _as_many_as_one_can(story)
    story.when("file_report", NEXT, ADA).refused("too-many-reports")
    assert story.refusal
    assert story.refusal.as_problem()["status"] == 429
    assert story.refusal.extra == {"retry_after": 4 * 3600}
    story.clock.advance(hours=4, seconds=-1)
    story.when("file_report", NEXT, ADA).refused("too-many-reports")
    story.clock.advance(seconds=1)
    story.given("file_report", NEXT, ADA)
    story.when("file_report", NEXT, ADA).refused("too-many-reports")


def test_the_refusal_names_other_ways_to_get_help(story: Story) -> None:
    """TS-32: the sentence names the block, the admins, the reports that are always taken and the emergency services."""
    _as_many_as_one_can(story)
    sentence = str(story.when("file_report", NEXT, ADA).refusal)
    assert all(way in sentence for way in ("block", "admins of your group", "violence or self-harm", "emergency"))


def test_the_answer_says_when_to_come_again(story: Story) -> None:
    """TS-32: the gateway makes of it a 429 whose Retry-After holds the seconds, and the document nothing but words."""
    _as_many_as_one_can(story)
    refusal = story.when("file_report", NEXT, ADA).refusal
    assert refusal
    answer = response_of(problem_of(refusal), "c1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(4 * 3600))
    assert set(json.loads(answer.body)) == {"type", "title", "status", "detail", "correlation_id"}


def test_what_is_most_urgent_has_no_limit(story: Story) -> None:
    """TS-32: reports of violence and self-harm are taken however many came before, and use nothing up; every other
    reason is limited."""
    for _ in range(REPORTS + 1):
        story.given("file_report", {"target": PERSON, "reason": "self-harm"}, ADA)
    _as_many_as_one_can(story)
    for reason in REASONS:
        story.when("file_report", {"target": PERSON, "reason": reason, "text": "again"}, ADA)
        assert (story.refusal is None) == (reason in URGENT), reason


def test_a_block_has_no_limit(story: Story) -> None:
    """TS-32, BL-08: who has used up their reports still blocks."""
    _as_many_as_one_can(story)
    story.arrives("conversations.BlockRequested", {"blocker_id": "ada", "blocked_id": "ben"}).then("PersonBlocked")


def test_a_retry_is_the_same_report(story: Story) -> None:
    """TS-32: the same Idempotency-Key counts once, and answers the same also when no more is taken."""
    for _ in range(REPORTS):
        answer = story.when("file_report", NEXT, ADA, key="once").answer
    for number in range(REPORTS - 1):
        story.when("file_report", NEXT, ADA, key=f"more {number}")
        assert story.refusal is None
    story.when("file_report", NEXT, ADA).refused("too-many-reports")
    assert story.when("file_report", NEXT, ADA, key="once").answer == answer
    story.nothing()


def test_each_has_a_limit_of_their_own(story: Story) -> None:
    """TS-32: what one person reports takes nothing from another, and a refused report is none."""
    _as_many_as_one_can(story)
    story.given("file_report", {"target": PERSON, "reason": "spam"}, CLEO)
    story.when("file_report", {"target": PERSON, "reason": "spam"}, ADA).refused("too-many-reports")


def test_a_stranger_learns_nothing_from_the_limit(story: Story) -> None:
    """TS-02, TS-32: beyond the limit an unknown id is answered as ever, and so is what is not the reporter's to see."""
    _as_many_as_one_can(story)
    for target in ({"kind": "person", "id": "zoe"}, {"kind": "person", "id": "nobody"}):
        story.when("file_report", {"target": target, "reason": "spam"}, ADA).refused("not-found")
