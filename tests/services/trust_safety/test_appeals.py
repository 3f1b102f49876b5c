"""Appeals: who, when, decided by whom, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.trust_safety.domain.appeals import reduced_end
from shared.kernel.actor import Actor
from tests.services.trust_safety.story import ADA, BEN, CLEO, FAR_OFF, MIA, MO, SUE, Story

UNTIL = "2026-03-12T09:00:00.000Z"


def _appealed(story: Story, action: str = "suspend", **more: str) -> tuple[str, str]:
    """The case's id and the appeal's."""
    case_id = story.held()
    action_id = story.act(case_id, action, **more)
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "It was a joke."}, BEN)
    return case_id, story.answer["appeal_id"]


def test_only_the_person_concerned_appeals(story: Story) -> None:
    """TS-19: for anybody else, and for what concerns nobody, there is nothing to appeal."""
    case_id = story.held()
    note = story.act(case_id, "note", message=None)
    action_id = story.act(case_id, "warn")
    for who, action in ((ADA, action_id), (CLEO, action_id), (MO, action_id), (BEN, note), (BEN, "unknown")):
        data = {"case_id": case_id, "action_id": action, "text": "no"}
        story.when("file_appeal", data, who).refused("not-found")
    data = {"case_id": case_id, "action_id": action_id, "text": "no"}
    story.when("file_appeal", data, BEN).then("AppealFiled", by="ben", action_id=action_id)


def test_what_takes_nothing_is_not_appealed(story: Story) -> None:
    """TS-19: a reinstatement is told to the person, but takes nothing from them that an appeal could give back."""
    case_id = story.held()
    story.act(case_id, "suspend")
    action_id = story.act(case_id, "reinstate")
    story.when("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN).refused("not-found")


def test_one_appeal_per_action(story: Story) -> None:
    """TS-19: an action is appealed once, also after the appeal was decided."""
    case_id, appeal_id = _appealed(story)
    action_id = story.ask("my_statements", {}, BEN)["items"][0]["action_id"]
    again = {"case_id": case_id, "action_id": action_id, "text": "again"}
    story.when("file_appeal", again, BEN).refused("already-appealed")
    story.decides(appeal_id, "uphold")
    story.when("file_appeal", again, BEN).refused("already-appealed")


@pytest.mark.parametrize(("seconds", "slug"), [(0, None), (1, "appeal-too-late")])
def test_the_window_is_180_days(story: Story, seconds: int, slug: str | None) -> None:
    """TS-19: an appeal is possible up to 180 days after the action, and not a second longer."""
    case_id = story.held()
    action_id = story.act(case_id, "warn")
    story.clock.advance(days=180, seconds=seconds)
    story.when("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "late"}, BEN)
    assert (story.refusal.slug if story.refusal else None) == slug
    assert story.ask("my_statements", {}, BEN)["items"][0]["appeal"] == ("too-late" if slug else "pending")


def test_another_moderator_decides(story: Story) -> None:
    """TS-19: who took the action does not judge it; the subject, the reporter and admins do not either."""
    _, appeal_id = _appealed(story)
    decision = {"appeal_id": appeal_id, "result": "uphold", "message": "It stands."}
    story.when("decide_appeal", decision, MO).refused("needs-another-moderator")
    for who in (ADA, BEN, SUE):
        story.when("assign_appeal", {"appeal_id": appeal_id}, who).refused("not-found")
        story.when("decide_appeal", decision, who).refused("not-found")
    story.when("decide_appeal", {**decision, "appeal_id": "x.1.1"}, MIA).refused("not-found")
    story.decides(appeal_id, "uphold").then("AppealDecided", result="uphold", subject_id="ben", by="mia")
    assert story.people() == {"ben": {"kind": "suspended", "until": FAR_OFF, "since": "2026-03-02T09:00:00.000Z"}}
    story.when("decide_appeal", decision, MIA).refused("appeal-decided")
    story.when("assign_appeal", {"appeal_id": appeal_id}, MIA).refused("appeal-decided")


@pytest.mark.parametrize(("message", "slug"), [(None, "invalid-input"), ("", "invalid-input"), (" ", "message-needed")])
def test_a_decision_is_explained(story: Story, message: str | None, slug: str) -> None:
    """TS-13: nobody decides an appeal without a word to who appealed."""
    _, appeal_id = _appealed(story)
    story.given("assign_appeal", {"appeal_id": appeal_id}, MIA)
    decision = {"appeal_id": appeal_id, "result": "uphold", **({} if message is None else {"message": message})}
    story.when("decide_appeal", decision, MIA).refused(slug)


def test_what_does_not_last_cannot_be_reduced(story: Story) -> None:
    """TS-19: a warning is upheld or withdrawn; a reduction of it would change nothing."""
    _, appeal_id = _appealed(story, "warn")
    story.decides(appeal_id, "reduce").refused("nothing-to-reduce")


@pytest.mark.parametrize(
    ("who", "slug"), [(ADA, "conflict-of-interest"), (BEN, "not-found"), (SUE, "conflict-of-interest")]
)
def test_no_moderator_with_a_part_in_it_decides(story: Story, who: Actor, slug: str) -> None:
    """TS-12, TS-19: the role of a moderator lets neither the reporter, nor the person concerned, nor an admin of the
    group decide."""
    _, appeal_id = _appealed(story)
    decision = {"appeal_id": appeal_id, "result": "uphold", "message": "It stands."}
    story.when("decide_appeal", decision, replace(who, roles=frozenset({"moderator"}))).refused(slug)


def test_withdrawn_lifts_the_sanction(story: Story) -> None:
    """TS-19: an action that is withdrawn stands no more."""
    _, appeal_id = _appealed(story, "ban")
    story.decides(appeal_id, "withdraw", message="Sorry.")
    story.then("SanctionLifted", why="lifted").then("PersonReinstated", person_id="ben")
    assert story.people() == {}
    statement = story.ask("my_statements", {}, BEN)["items"][0]
    assert (statement["appeal"], statement["appeal_result"], statement["appeal_message"]) == (
        "decided",
        "withdraw",
        "Sorry.",
    )


def test_reduced_ends_sooner(story: Story) -> None:
    """TS-19: a reduced suspension ends when the reviewer says, by itself."""
    _, appeal_id = _appealed(story, until=UNTIL)
    sooner = "2026-03-05T09:00:00.000Z"
    story.decides(appeal_id, "reduce", until=sooner)
    story.then("AppealDecided", until=sooner).then("SanctionShortened", until=sooner)
    story.then("PersonSuspended", person_id="ben", until=sooner)
    story.later(days=3).then("PersonReinstated", person_id="ben")


def test_a_reduced_end_is_in_the_future(story: Story) -> None:
    """TS-19: no review ends a sanction in the past, which would say that it never stood."""
    _, appeal_id = _appealed(story, until=UNTIL)
    story.decides(appeal_id, "reduce", until="2026-03-02T09:00:00.000Z").refused("end-is-past")


NOW = datetime(2026, 3, 2, tzinfo=UTC)
ENDS = [
    (None, None, "2026-04-01T00:00:00.000Z"),
    (None, NOW + timedelta(days=1), "2026-03-03T00:00:00.000Z"),
    ("2026-03-12T00:00:00.000Z", None, "2026-03-07T00:00:00.000Z"),
    ("2026-03-12T00:00:00.000Z", NOW + timedelta(days=50), "2026-03-12T00:00:00.000Z"),
    ("2026-03-01T00:00:00.000Z", None, "2026-03-01T00:00:00.000Z"),
]


@pytest.mark.parametrize(("before", "wanted", "after"), ENDS)
def test_a_reduction_never_lengthens(before: str | None, wanted: datetime | None, after: str) -> None:
    """Reducing halves what is left unless the reviewer says when, and never gives a later end."""
    assert reduced_end(before, wanted, NOW) == after


def test_an_admins_action_is_reviewed_by_the_platform(story: Story) -> None:
    """An appeal against what a group's admin did reaches a moderator, who then sees the case."""
    case_id = story.held(by=SUE, to="admin")
    action_id = story.act(case_id, "warn", by=SUE)
    assert story.ask("moderation_cases", {"status": "appealed"}, MO)["items"] == []
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    found = story.ask("moderation_cases", {"status": "appealed"}, MO)["items"]
    assert [case["case_id"] for case in found] == [case_id]
    appeal = story.ask("case", {"case_id": case_id}, MO)["appeals"][0]
    assert (appeal["text"], appeal["result"]) == ("no", None)
    story.decides(appeal["appeal_id"], "withdraw", by=MO).then("AppealDecided")
    assert story.asked_refused("case", {"case_id": case_id}, MO) == "not-found"
