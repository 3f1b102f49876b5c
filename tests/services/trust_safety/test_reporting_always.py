"""Reporting works whatever has happened since (TS-03), and what was reported stays what was seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.privacy.sealing import REMOVED
from tests.services.trust_safety.story import ADA, BEN, MIA, MO
from tests.services.trust_safety.together import Together

SEEN = "what was seen"


def _block(world: Together, _message_id: str) -> None:
    world.does("conversations.block_person", {"person_id": "ada"}, BEN)


def _end(world: Together, _message_id: str) -> None:
    ended = {**world.pair, **world.told, "reason": "schedule", "by": "ben"}
    world.tells("matching.PairEnded", ended)


def _delete(world: Together, message_id: str) -> None:
    world.does("conversations.delete_message", {**world.pair, "message_id": message_id}, BEN)


def _edit(world: Together, message_id: str) -> None:
    world.does("conversations.edit_message", {**world.pair, "message_id": message_id, "text": "harmless"}, BEN)


def _suspend(world: Together, _message_id: str) -> None:
    world.acts(world.held({"kind": "pair", **_id(world)}), "suspend")


def _nothing(_world: Together, _message_id: str) -> None:
    pass


def _id(world: Together) -> dict[str, Any]:
    return {"id": world.pair["pair_id"]}


BEFORE = [_nothing, _block, _end, _delete, _edit, _suspend]


@pytest.mark.parametrize("before", BEFORE, ids=lambda one: one.__name__.strip("_"))
def test_a_message_is_reported_as_it_was_seen(before: Callable[[Together, str], None]) -> None:
    """TS-03, EV-05: after a block, an end, a deletion, an edit, and about who is suspended; the evidence has the words
    that were seen, proven by the log."""
    world = Together()
    message_id = world.writes(SEEN)
    before(world, message_id)
    assert world.refusal is None
    [item] = world.evidence(world.held({"kind": "message", "id": message_id}))
    [message] = item["messages"]
    assert message["versions"][0]["text"] == SEEN
    assert message["verified"]
    assert message["deleted"] == (before is _delete)


def test_a_suspended_person_reports() -> None:
    """TS-03: who is suspended can still report what was written to them."""
    world = Together()
    written = world.writes(SEEN, ADA)
    world.acts(world.held({"kind": "pair", **_id(world)}), "ban")
    assert world["trust_safety"].ask("my_statements", {}, BEN)["items"]
    case_id = world.held({"kind": "message", "id": written}, actor=BEN)
    assert world.evidence(case_id)[0]["messages"][0]["versions"][0]["text"] == SEEN


def test_the_appeal_is_reviewed_on_what_was_reported() -> None:
    """TS-20: the author deletes the message, erases the account, and appeals before: the reviewer reads it all the
    same, and the reporter's erasure changes nothing either; their own words of the report are gone."""
    world = Together()
    message_id = world.writes(SEEN)
    case_id = world.held({"kind": "message", "id": message_id})
    action_id = world.acts(case_id, "suspend")
    world.does("conversations.delete_message", {**world.pair, "message_id": message_id}, BEN)
    appeal = {"case_id": case_id, "action_id": action_id, "text": "It was a joke."}
    world.does("trust_safety.file_appeal", appeal, BEN)
    world.erases("ben")
    world.erases("ada")
    review = {"appeal_id": f"{case_id}.1"}
    assert world.slug("trust_safety.assign_appeal", review, MO) == "needs-another-moderator"
    assert world.slug("trust_safety.assign_appeal", review, MIA) is None
    [item] = world.evidence(case_id, MIA)
    assert item["status"] == "here"
    assert item["messages"][0]["versions"][0]["text"] == SEEN
    shown = world["trust_safety"].ask("case", {"case_id": case_id}, MIA)
    assert shown["appeals"][0]["text"] == REMOVED
    decision = {**review, "result": "uphold", "message": "It stands."}
    assert world.slug("trust_safety.decide_appeal", decision, MO) == "needs-another-moderator"
    assert world.slug("trust_safety.decide_appeal", decision, MIA) is None
