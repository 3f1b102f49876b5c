"""Who is told what, and who is not."""

from __future__ import annotations

from typing import Any

import pytest

from services.notifications.domain.kinds import CRITICAL, OF_A_LIVING_PAIR
from shared.contracts.notifications_api import KINDS, NotificationsAnswer
from shared.kernel.events import Event
from shared.kernel.ids import couple, derive
from shared.testing.scenario import person
from tests.services.notifications.story import OF_PAIR, PAIR, Story

_CASE = {"case_id": "case", "queue": "platform", "group_id": None}
_ACTION: dict[str, Any] = {
    **_CASE,
    "action_id": "act",
    "by": "mo",
    "policies": ["respect"],
    "rationale": "CANARY",
    "message": "CANARY",
}
_SIGNUP = {"program_id": "prog", "group_id": "soap", "signup_id": "s", "person_id": "ann", "role": "mentor"}
_REPORT = {"report_id": "r", "case_id": "case", "target_kind": "person", "target_id": "ben", "reporter_id": "ann"}
_LATER = "2026-06-02T09:00:00.000Z"
_WEEK = {"week": 1, "due_at": "2026-03-02T17:00:00.000Z", "next_due_at": "2026-03-09T17:00:00.000Z", "owner_id": "ann"}
_APPEAL = {**_CASE, "appeal_id": "ap", "action_id": "act", "by": "mo", "result": "uphold"}


@pytest.mark.parametrize(
    ("name", "data", "ann", "ben"),
    [
        (
            "matching.SignedUp",
            {**_SIGNUP, "capacity": 1, "adult": True, "expires_at": _LATER, "answers": {}},
            "signup-received",
            None,
        ),
        ("matching.SignupRemoved", _SIGNUP, "signup-removed", None),
        ("matching.PairIntroduced", {**OF_PAIR, "timezone": "UTC"}, "pair-introduced", "pair-introduced"),
        ("matching.PairPaused", {**OF_PAIR, "by": "ann"}, None, "pair-paused"),
        ("matching.PairResumed", {**OF_PAIR, "by": "ben"}, "pair-resumed", None),
        ("matching.PairEnded", {**OF_PAIR, "reason": "schedule", "by": "ann"}, None, "pair-ended"),
        ("matching.PairEnded", {**OF_PAIR, "reason": "timed-out"}, "pair-ended", "pair-ended"),
        (
            "conversations.PostShared",
            {**OF_PAIR, "post_id": "p", "step_id": "s", "by": "ben", "text": "t"},
            "post-shared",
            None,
        ),
        (
            "conversations.CommentAdded",
            {**OF_PAIR, "post_id": "p", "comment_id": "c", "by": "ann", "text": "t"},
            None,
            "comment-added",
        ),
        ("programs.CheckInDue", {**OF_PAIR, **_WEEK}, "check-in-due", "check-in-due"),
        ("programs.StepCompleted", {**OF_PAIR, "step_id": "s", "by": "ann"}, None, "step-completed"),
        ("programs.JourneyCompleted", OF_PAIR, "journey-completed", "journey-completed"),
        ("trust_safety.ReportFiled", {**_REPORT, "reason": "spam", "to": "platform"}, "report-received", None),
        ("trust_safety.ActionTaken", {**_ACTION, "action": "warn", "subject_id": "ben"}, None, "statement-of-reasons"),
        ("trust_safety.ActionTaken", {**_ACTION, "action": "note", "subject_id": "ben"}, None, None),
        ("trust_safety.ActionTaken", {**_ACTION, "action": "dismiss", "subject_id": None}, None, None),
        (
            "trust_safety.CaseClosed",
            {**_CASE, "outcome": "no-action", "by": "mo", "reporter_ids": ["ann", "ann"]},
            "case-outcome",
            None,
        ),
        ("trust_safety.AppealDecided", {**_APPEAL, "subject_id": "ben"}, None, "appeal-decided"),
    ],
)
def test_who_is_told(story: Story, name: str, data: dict[str, Any], ann: str | None, ben: str | None) -> None:
    """Each event tells the people it concerns, and not the one who did it (TS-18)."""
    story.arrives(name, data)

    assert story.kinds_of("ann") == ([ann] if ann else [])
    assert story.kinds_of("ben") == ([ben] if ben else [])


def test_message_tells_the_receiver_ids_only(story: Story) -> None:
    """A message is announced to its receiver with ids and nothing else, and the answer keeps its schema."""
    story.message("m1", by="ann")

    assert story.kinds_of("ann") == []
    answer = story.ask("my_notifications", {}, person("ben"))
    assert NotificationsAnswer().validate(answer) == {}
    assert answer["unread"] == 1
    ids = {"pair_id": PAIR, "program_id": "prog", "group_id": "soap", "message_id": "m1", "sender_id": "ann"}
    assert answer["items"][0]["about"] == ids


def test_redelivery_raises_once(story: Story) -> None:
    """NO-01: an event that comes five times makes one intent per recipient, cause and channel."""
    data = {**OF_PAIR, "message_id": "m", "sender_id": "ann", "commitment": "c", "text": "t"}
    where: Any = ("conversations", 0, 1, 0, 1, "s", 1, "2026-03-02T09:00:00.000Z", "ann", "c", None)
    event = Event("e1", "MessageSent", 1, data, *where)
    for _ in range(5):
        story.app.react(event)
        story.settle()

    assert len(story.made("NotificationRaised")) == 1
    assert len(story.outbox()) == 1


def test_same_cause_by_another_command_raises_once(story: Story) -> None:
    """NO-01: the same cause and kind under another command id, as after a rebuild of reactions, adds nothing."""
    data = {"person_id": "ben", "kind": "check-in-due", "cause": "c1", "about": {}}
    for attempt in range(3):
        story.app.follow("raise_notification", data, command_id=derive("attempt", attempt))

    assert len(story.made("NotificationRaised")) == 1


def test_block_silences_the_blocker(story: Story) -> None:
    """BL-03, BL-10: after a block the blocker keeps no unread word of the other; the other sees an ordinary end."""
    story.message("m1", by="ann")
    story.message("m2", by="ben")
    story.block("ben", "ann")
    story.message("late", by="ann")

    assert story.kinds_of("ben") == []
    assert story.ask("my_notifications", {}, person("ben"))["unread"] == 0
    assert sorted(story.kinds_of("ann")) == ["message-received", "pair-ended"]
    assert {intent["person_id"] for intent in story.outbox()} == {"ann"}
    ended = next(item for item in story.inbox_of("ann") if item["kind"] == "pair-ended")
    assert ended["about"] == {name: OF_PAIR[name] for name in ("pair_id", "program_id", "group_id")}


def test_block_keeps_what_others_said(story: Story) -> None:
    """A block silences one couple, and no notification of anybody else."""
    story.arrives("programs.CheckInDue", {**OF_PAIR, **_WEEK, "pair_id": "prog.other.1"})
    story.block("ben", "ann")

    assert story.kinds_of("ben") == ["check-in-due"]


def test_pair_ends_once_for_its_people(story: Story) -> None:
    """A pair that a block ended is told once, also when matching ends it afterwards, and for any reason."""
    story.block("ben", "ann")
    story.arrives("matching.PairEnded", {**OF_PAIR, "reason": "blocked"})
    story.arrives("matching.PairEnded", {**OF_PAIR, "reason": "schedule"})

    assert story.kinds_of("ann") == ["pair-ended"]
    assert story.kinds_of("ben") == []


def test_end_by_block_waits_for_who_blocked(story: Story) -> None:
    """BL-10: matching's word on a blocked pair does not say who blocked, so on it alone nobody is told."""
    story.arrives("matching.PairEnded", {**OF_PAIR, "reason": "blocked"})
    assert story.kinds_of("ann") == story.kinds_of("ben") == []


def test_unblock_brings_nothing_back(story: Story) -> None:
    """BL-09: after unblocking nothing missed arrives; what is new does."""
    story.message("m1", by="ann")
    story.block("ben", "ann")
    story.message("m2", by="ann")
    story.arrives("conversations.UnblockRequested", {"blocker_id": "ben", "blocked_id": "ann"})
    assert story.kinds_of("ben") == []

    story.message("m3", by="ann")
    assert [item["about"]["message_id"] for item in story.inbox_of("ben")] == ["m3"]


def test_silence_is_idempotent(story: Story) -> None:
    """BL-08: a block that is told twice is one."""
    data = {"person_id": "ben", "couple_id": couple("ann", "ben")}
    story.given("silence_couple", data).when("silence_couple", data).nothing()
    story.when("unsilence_couple", {**data, "couple_id": "other"}).nothing()


def test_reading_a_conversation_settles_its_notices(story: Story) -> None:
    """Messages read in the conversation are read here too, up to the last one that was read."""
    for message_id in ("m1", "m2", "m3"):
        story.message(message_id)
    story.arrives("conversations.MessagesRead", {**OF_PAIR, "by": "ben", "up_to": "m2"})

    unread = [item["about"]["message_id"] for item in story.inbox_of("ben") if not item["read"]]
    assert unread == ["m3"]
    assert story.ask("my_notifications", {}, person("ben"))["unread"] == 1


def test_mark_read_takes_own_unread_only(story: Story) -> None:
    """Foreign, unknown and already read ids change nothing."""
    story.message("m1", by="ann").message("m2", by="ben")
    mine, foreign = story.inbox_of("ben")[0], story.inbox_of("ann")[0]
    data: dict[str, Any] = {"person_id": "ben", "notification_ids": [foreign["notification_id"], "unknown"]}
    story.when("mark_notifications_read", data, person("ben")).nothing()

    data["notification_ids"].append(mine["notification_id"])
    story.when("mark_notifications_read", data, person("ben"))
    story.then("NotificationRead", notification_ids=[mine["notification_id"]])
    story.when("mark_notifications_read", data, person("ben")).nothing()
    assert story.inbox_of("ben")[0]["read"] is True
    assert story.inbox_of("ann")[0]["read"] is False


def test_inbox_of_another_is_not_found(story: Story) -> None:
    """Nobody can act on another person's inbox, nor learn that it is there."""
    for command, data in (
        ("mark_notifications_read", {"notification_ids": ["x"]}),
        ("change_preferences", {"preferences": {}}),
        ("register_contact", {}),
    ):
        story.when(command, {"person_id": "ann", **data}, person("ben")).refused("not-found")


def test_internal_commands_are_not_for_people(story: Story) -> None:
    """What the service tells itself cannot be asked for from outside."""
    data = {"person_id": "ann", "kind": "check-in-due", "cause": "c", "about": {}}
    story.when("raise_notification", data, person("ann")).refused("not-found")


def test_pages_follow_each_other(story: Story) -> None:
    """The cursor leads through all entries, newest first, none twice."""
    for number in range(5):
        story.clock.advance(seconds=1)
        story.message(f"m{number}")
    seen, cursor = [], None
    while True:
        page = story.ask("my_notifications", {"cursor": cursor, "limit": 2}, person("ben"))
        seen += [item["about"]["message_id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == ["m4", "m3", "m2", "m1", "m0"]


def test_kinds_are_known() -> None:
    """The domain's sets of kinds hold only kinds of the published list."""
    assert set(KINDS) > CRITICAL
    assert set(KINDS) > OF_A_LIVING_PAIR
    assert not CRITICAL & OF_A_LIVING_PAIR
