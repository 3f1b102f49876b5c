"""What pauses a pair or a person, over HTTP, from the report to the word that lifts it."""

from __future__ import annotations

from typing import Any

from shared.demo.client import Person, Refused
from tests.e2e.conftest import Group, eventually

WORD = {"policies": ["safety-1"], "rationale": "Looked at.", "message": "We have looked at it."}


def _reported(group: Group, pair: str, who: Person, reason: str) -> tuple[Person, str]:
    """A moderator who holds the case, and its address."""
    pair_id = pair.rpartition("/")[2]
    who.post("/v1/reports", {"target": {"kind": "pair", "id": pair_id}, "reason": reason})
    moderator = group.moderator()
    case = f"/v1/cases/{eventually(lambda: _case_about(moderator, pair_id), 'the case')}"
    moderator.act(case, f"{case}/assign")
    return moderator, case


def _case_about(moderator: Person, pair_id: str) -> str | None:
    cursor: dict[str, Any] = {}
    while True:
        page = moderator.get("/v1/moderation/cases", limit=100, **cursor)
        for case in page["items"]:
            if case["pair_id"] == pair_id:
                return str(case["case_id"])
        if page["next"] is None:
            return None
        cursor = {"cursor": page["next"]}


def _sends(who: Person, pair: str) -> Any:
    """What sending comes to: true, or the slug."""
    try:
        who.post(f"{pair}/messages", {"text": "Hello"})
    except Refused as refusal:
        return refusal.slug
    return True


def test_an_urgent_report_pauses_before_it_is_answered(group: Group) -> None:
    """TS-22: with the answer to the report, sending is 409 for both, who see why; a moderator's word restores it."""
    mentor, mentee, pair = group.pair(group.program())
    pair_id = pair.rpartition("/")[2]
    mentee.post("/v1/reports", {"target": {"kind": "pair", "id": pair_id}, "reason": "threat-or-violence"})
    for side in (mentor, mentee):
        refusal = side.refused(lambda side=side: side.post(f"{pair}/messages", {"text": "Hello"}))  # type: ignore[misc]
        assert (refusal.status, refusal.slug) == (409, "paused-for-review")
        for seen in (f"{pair}/messages", pair):
            eventually(lambda who=side, seen=seen: who.get(seen)["status"] == "paused-for-review", seen)  # type: ignore[misc]
        assert side.get("/v1/me/statements")["items"] == []
    moderator, case = _reported(group, pair, mentee, "threat-or-violence")
    moderator.act(case, f"{case}/actions", {**WORD, "action": "release-pair"})
    eventually(lambda: _sends(mentor, pair) is True, "a message")
    assert eventually(lambda: mentee.get(pair)["status"] == "active", "the pair")


def test_a_dispute_about_an_age_pauses_the_person(group: Group) -> None:
    """PR-18: the person neither writes nor is written to, reads why, and goes on after a moderator's word."""
    mentor, mentee, pair = group.pair(group.program())
    moderator, case = _reported(group, pair, mentor, "may-be-under-18")
    eventually(lambda: _sends(mentee, pair) == "age-in-review", "the pause")
    assert _sends(mentor, pair) == "paused-for-review"
    eventually(lambda: mentee.get("/v1/me/statements", language="ar")["age"] == "disputed", "what they read")
    assert moderator.refused(lambda: moderator.act(case, f"{case}/close")).slug == "age-unanswered"
    moderator.act(case, f"{case}/actions", {**WORD, "action": "confirm-adult"})
    eventually(lambda: _sends(mentee, pair) is True, "a message")
    eventually(lambda: mentee.get("/v1/me/statements")["age"] == "confirmed", "what they read")
    assert mentee.get("/v1/me/statements")["items"][0]["action"] == "confirm-adult"
