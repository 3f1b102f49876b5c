"""Who handles no case: those with a part in it, and whom a block keeps away (TS-12)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.application.application import Context
from shared.kernel.actor import Actor
from shared.kernel.errors import Refusal
from tests.services.trust_safety.story import ADA, BEN, MIA, MO, PAIR, PAIR_ID, REASONS, Story

MODERATOR = frozenset({"moderator"})


def _blocks(blocker: str, blocked: str) -> Callable[[Story], None]:
    def block(story: Story) -> None:
        story.arrives("conversations.BlockRequested", {"blocker_id": blocker, "blocked_id": blocked})

    return block


def _knew(story: Story) -> None:
    """Mo was in a pair with Ben."""
    story.arrives("matching.PairIntroduced", {**PAIR, "pair_id": "p2.x.1", "mentor_id": "mo", "timezone": "UTC"})


def _knew_and_was_blocked(story: Story) -> None:
    _knew(story)
    _blocks("ben", "mo")(story)


def _both_reported(story: Story) -> None:
    """Ben is reported and a reporter, in the same case."""
    story.reported(by=BEN, target={"kind": "pair", "id": PAIR_ID})
    _blocks("ben", "mo")(story)


def _nothing(_story: Story) -> None:
    pass


RELATIONS = [
    (_nothing, Actor("ada", {"soap": "member"}, MODERATOR), "conflict-of-interest"),
    (_nothing, Actor("ben", {"soap": "member"}, MODERATOR), "not-found"),
    (_nothing, Actor("sue", {"soap": "admin"}, MODERATOR), "conflict-of-interest"),
    (_blocks("mo", "ada"), MO, "not-found"),
    (_blocks("mo", "ben"), MO, "not-found"),
    (_blocks("ada", "mo"), MO, "not-found"),
    (_knew_and_was_blocked, MO, "not-found"),
]
NAMES = ["reporter", "subject", "admin", "blocks-reporter", "blocks-subject", "blocked-by-reporter", "knew-subject"]


@pytest.mark.parametrize(("relation", "who", "slug"), RELATIONS, ids=NAMES)
def test_each_relation_keeps_away(story: Story, relation: Callable[[Story], None], who: Actor, slug: str) -> None:
    """TS-12: not in a list, not by id, not by any command, not for an appeal."""
    case_id = story.reported(target={"kind": "pair", "id": PAIR_ID})
    relation(story)
    assert story.ask("moderation_cases", {}, who)["items"] == []
    assert story.asked_refused("case", {"case_id": case_id}, who) == slug
    assert story.asked_refused("evidence", {"case_id": case_id}, who) == slug
    acting = {"case_id": case_id, "action": "dismiss"}
    for command in ("assign_case", "escalate_case", "close_case", "view_evidence"):
        story.when(command, {"case_id": case_id}, who).refused(slug)
    story.when("act_on_case", acting, who).refused(slug)
    with pytest.raises(Refusal) as refused:
        story.app.execute("assign_case", {"case_id": case_id}, Context(who, "c", "c", if_match=999))
    assert refused.value.slug == slug, "a wrong version does not tell that there is a case"
    story.given("assign_case", {"case_id": case_id}, MIA)
    action_id = story.act(case_id, "warn", by=MIA)
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    assert story.ask("moderation_cases", {"status": "appealed"}, who)["items"] == []
    story.when("assign_appeal", {"appeal_id": f"{case_id}.1"}, who).refused(slug)
    decision = {"appeal_id": f"{case_id}.1", "result": "uphold", "message": "It stands."}
    story.when("decide_appeal", decision, who).refused(slug)


@pytest.mark.parametrize("relation", [_blocks("ben", "mo"), _knew, _both_reported], ids=["shield", "knew", "both"])
def test_nobody_shields_themselves_by_blocking_moderators(story: Story, relation: Callable[[Story], None]) -> None:
    """TS-12: a block by the person reported takes no case from a moderator with whom they share nothing else, also
    where they report in the same case; without a block, having known each other does not either."""
    case_id = story.reported(target={"kind": "pair", "id": PAIR_ID})
    relation(story)
    assert [one["case_id"] for one in story.ask("moderation_cases", {}, MO)["items"]] == [case_id]
    assert story.ask("case", {"case_id": case_id}, MO)["case_id"] == case_id
    story.given("assign_case", {"case_id": case_id}, MO)
    story.when("act_on_case", {"case_id": case_id, "action": "ban", "subject_id": "ben", **REASONS}, MO)
    story.then("ActionTaken", subject_id="ben")


def test_a_block_between_the_two_keeps_nobody_away(story: Story) -> None:
    """TS-12: the usual block of a reporter against the person reported concerns no moderator, and makes the reporter's
    own part in it no other."""
    case_id = story.reported(by=ADA)
    _blocks("ada", "ben")(story)
    assert story.ask("case", {"case_id": case_id}, MO)["case_id"] == case_id
    assert story.asked_refused("case", {"case_id": case_id}, Actor("ada", {}, MODERATOR)) == "conflict-of-interest"
