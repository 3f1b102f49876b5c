"""A house small enough to count by hand: fifteen sign-ups and six pairs in one program, two pairs in one too small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.kernel.pairs import pair_id
from tests.analytics.story import PRIVATE_WORD, Story

GUIDE = {"guide_version": 1, "step_ids": ["welcome"], "check_in": {"every_days": 7}}


def tell_all(story: Story) -> None:
    for number in range(1, 10):
        _signed_up(story, "mentee", number)
    for number in range(1, 7):
        _signed_up(story, "mentor", number)
    for pair in (*range(1, 7), 11, 12):
        _paired(story, pair)
    for pair in range(1, 7):
        _first_weeks(story, pair)
        _ended(story, pair)
    for number in range(1, 6):
        _reported(story, number)
    for number in range(1, 13):
        _mailed(story, number)


def _who(pair: int) -> dict[str, str]:
    small = pair > 10
    program, group = ("program-2", "chess") if small else ("program-1", "soap")
    mentor, mentee = f"mentor-{pair}", f"mentee-{pair}"
    id = pair_id(program, mentor, mentee, 1)
    return {"pair_id": id, "program_id": program, "group_id": group, "mentor_id": mentor, "mentee_id": mentee}


def _signed_up(story: Story, role: str, number: int) -> None:
    person = f"{role}-{number}"
    where = {"program_id": "program-1", "group_id": "soap", "signup_id": f"signup-{person}", "person_id": person}
    more = {"capacity": 1, "adult": True, "expires_at": "2026-06-01T10:00:00.000Z", "answers": {"a": PRIVATE_WORD}}
    story.tell("roster-program-1", ("matching.SignedUp", {**where, "role": role, **more}), day="2026-03-02", by=person)


def _paired(story: Story, pair: int) -> None:
    """On Thursday, three days after the sign-ups; on Friday they agree."""
    who = _who(pair)
    created = ("matching.PairCreated", {**who, "by": who["mentor_id"] if pair > 10 else "ada"})
    introduced = ("matching.PairIntroduced", {**who, "timezone": "Europe/Berlin"})
    story.tell(f"roster-{who['program_id']}", created, introduced, day="2026-03-05", by="ada")
    started = {**who, **GUIDE, "timezone": "Europe/Berlin", "first_check_in_at": "2026-03-12T10:00:00.000Z"}
    _tell(story, pair, "2026-03-05", ("programs.JourneyStarted", started))
    agreed = {**who, "by": who["mentee_id"], "both": True}
    _tell(story, pair, "2026-03-06", ("programs.CommitmentAgreed", agreed))


def _first_weeks(story: Story, pair: int) -> None:
    """Pairs 1 to 3 meet in both weeks; 4 to 6 miss the first, do not meet in the second, and are unhappy."""
    who = _who(pair)
    checked_in = {**who, "by": who["mentor_id"]}
    if pair <= 3:
        _tell(story, pair, "2026-03-12", ("programs.CheckInRecorded", {**checked_in, "week": 1, "met": True}))
    else:
        _tell(story, pair, "2026-03-12", ("programs.CheckInMissed", {**who, "week": 1}))
    _tell(story, pair, "2026-03-19", ("programs.CheckInRecorded", {**checked_in, "week": 2, "met": pair <= 3}))
    if pair > 3:
        _tell(story, pair, "2026-03-20", ("programs.PulseRecorded", {**who, "by": who["mentee_id"], "rating": 3}))


def _ended(story: Story, pair: int) -> None:
    who = _who(pair)
    if pair <= 3:
        _tell(story, pair, "2026-04-09", ("programs.JourneyCompleted", who))
    day, reason = ("2026-04-09", "goals-reached") if pair <= 3 else ("2026-03-26", "mismatch")
    ended = {**who, "reason": reason, "by": who["mentee_id"]}
    story.tell("roster-program-1", ("matching.PairEnded", ended), day=day, by=who["mentee_id"])


def _reported(story: Story, number: int) -> None:
    """Taken at once by one of five moderators, closed two days later, a day before it is due."""
    case = {"case_id": f"case-{number}", "queue": "platform"}
    target = {"target_kind": "person", "target_id": f"mentor-{number}", "subject_id": f"mentor-{number}"}
    report = {"report_id": f"report-{number}", "reporter_id": f"mentee-{number}", "reason": "spam", "to": "platform"}
    filed = {**report, **target, "case_id": case["case_id"]}
    due = "2026-03-13T10:00:00.000Z"
    opened = {**case, **target, "program_id": "program-1", "severity": "S2", "due_at": due}
    assigned = {**case, "assignee_id": f"moderator-{number}", "until": due}
    closed = {**case, "outcome": "no-action", "by": f"moderator-{number}", "reporter_ids": [f"mentee-{number}"]}
    for day, *event in (
        ("2026-03-10", "trust_safety.ReportFiled", filed),
        ("2026-03-10", "trust_safety.CaseOpened", opened),
        ("2026-03-10", "trust_safety.CaseAssigned", assigned),
        ("2026-03-12", "trust_safety.CaseClosed", closed),
    ):
        story.tell(f"case-{number}", (event[0], event[1]), day=day)


def _mailed(story: Story, number: int) -> None:
    """Twelve mails: seven delivered, five needless."""
    about = {"program_id": "program-1", "group_id": "soap"}
    told = {"notification_id": f"notification-{number}", "person_id": f"mentee-{number}"}
    raised = {**told, "kind": "check-in-due", "about": about, "cause": "week", "channels": ["inbox", "email"]}
    story.tell(f"inbox-{number}", ("notifications.NotificationRaised", raised), day="2026-03-12")
    for name, data in _outcome(number):
        story.tell(f"inbox-{number}", (name, {**told, "channel": "email", **data}), day="2026-03-12")


def _outcome(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    if number <= 7:
        yield "notifications.NotificationDelivered", {}
    else:
        yield "notifications.NotificationDropped", {"why": "read"}


def _tell(story: Story, pair: int, day: str, event: tuple[str, dict[str, Any]]) -> None:
    story.tell(f"journey-{pair}", event, day=day)
