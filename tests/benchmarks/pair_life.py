"""What happens to a pair on the n-th day since it was introduced; negative days are before."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.kernel.clock import to_text
from shared.kernel.ids import derive

WEEKS = 12
_SEALED = {"key": "k" * 36, "sealed": "s" * 160}
_SOON = to_text(datetime(2026, 3, 2, 9, tzinfo=UTC))
_REASONS = ("mismatch", "schedule", "life-change", "mentee-unresponsive", "mentor-unresponsive", "timed-out")
_STEPS = ("welcome", "goals", "plan", "practice", "review", "goodbye")

Pair = dict[str, str]


@dataclass(frozen=True)
class Told:
    service: str
    stream: str
    type: str
    data: dict[str, Any]
    actor: str


def life(who: Pair, day: int, dice: random.Random) -> Iterator[Told]:
    if day < 0:
        yield from _signing_up(who, day)
    elif _chance(who, "never paired") < 0.12:
        return
    elif day == 0:
        yield from _beginning(who)
    elif day <= _last_day(who):
        yield from _going_on(who, day, dice)
        if day == _last_day(who):
            yield from _ending(who, day)


def _chance(who: Pair, what: str) -> float:
    """The same each time it is asked for: from 0 to 1."""
    return int(derive(what, who["pair_id"])[:6], 16) / 0xFFFFFF


def _moderator(who: Pair) -> str:
    return f"moderator-{int(8 * _chance(who, 'moderator'))}"


def _last_day(who: Pair) -> int:
    early = _chance(who, "early")
    return round(10 + 500 * early) if early < 0.12 else 7 * WEEKS


def _signing_up(who: Pair, day: int) -> Iterator[Told]:
    for role in ("mentor", "mentee"):
        if day == -1 - int(24 * _chance(who, role) ** 2):
            person = who[f"{role}_id"]
            signup = {"signup_id": derive("signup", person), "person_id": person, "role": role, "capacity": 2}
            more = {"adult": True, "expires_at": _SOON, "answers": _SEALED}
            group = {name: who[name] for name in ("program_id", "group_id")}
            yield Told("matching", f"roster-{who['program_id']}", "SignedUp", {**group, **signup, **more}, person)


def _beginning(who: Pair) -> Iterator[Told]:
    roster = f"roster-{who['program_id']}"
    yield Told("matching", roster, "PairCreated", {**who, "by": "ada"}, "ada")
    yield Told("matching", roster, "PairIntroduced", {**who, "timezone": "Europe/Berlin"}, "ada")
    start = {"guide_version": 1, "step_ids": list(_STEPS), "timezone": "Europe/Berlin", "first_check_in_at": _SOON}
    yield _journey(who, "JourneyStarted", "system", **start, check_in={"every_days": 7})
    yield Told("conversations", f"couple-{who['pair_id']}", "ConversationOpened", dict(who), "system")
    for person in (who["mentor_id"], who["mentee_id"]):
        yield _journey(who, "CommitmentAgreed", person, by=person, both=person == who["mentee_id"])
        yield from _notified(who, person, "pair-introduced", "start")


def _going_on(who: Pair, day: int, dice: random.Random) -> Iterator[Told]:
    if dice.random() < 0.45:
        sender = who["mentor_id"] if dice.random() < 0.5 else who["mentee_id"]
        said = {"message_id": derive("message", who["pair_id"], day), "sender_id": sender, "commitment": "c" * 43}
        yield Told("conversations", f"couple-{who['pair_id']}", "MessageSent", {**who, **said, "text": _SEALED}, sender)
    if day % 7 == 0:
        yield from _week(who, day // 7, dice)
    if day % 14 == 0:
        yield _journey(who, "StepCompleted", who["mentee_id"], step_id=_STEPS[day // 14 - 1], by=who["mentee_id"])
    if day % 30 == 0:
        yield _journey(who, "PulseRecorded", who["mentee_id"], by=who["mentee_id"], rating=dice.randint(3, 10))
    if day == 20 and _chance(who, "report") < 0.025:
        yield from _reported(who)
    if day == 21 + int(3 * _chance(who, "closing")) and _chance(who, "report") < 0.025:
        yield _case(
            who, "CaseClosed", _moderator(who), outcome="no-action", by="moderator", reporter_ids=[who["mentee_id"]]
        )


def _week(who: Pair, week: int, dice: random.Random) -> Iterator[Told]:
    mentor, mentee = who["mentor_id"], who["mentee_id"]
    yield _journey(who, "CheckInDue", "system", week=week, due_at=_SOON, next_due_at=_SOON, owner_id=mentee)
    if dice.random() < 0.75 - 0.02 * week:
        for person in (mentor, mentee):
            yield _journey(who, "CheckInRecorded", person, week=week, by=person, met=dice.random() < 0.8)
    else:
        yield _journey(who, "CheckInMissed", "system", week=week)
    for person in (mentor, mentee):
        yield from _notified(who, person, "check-in-due", str(week))


def _ending(who: Pair, day: int) -> Iterator[Told]:
    early = day < 7 * WEEKS
    reason = _REASONS[day % len(_REASONS)] if early else "goals-reached"
    if not early:
        yield _journey(who, "JourneyCompleted", who["mentee_id"])
    ended = {**who, "reason": reason, "by": who["mentee_id"]}
    yield Told("matching", f"roster-{who['program_id']}", "PairEnded", ended, who["mentee_id"])


def _reported(who: Pair) -> Iterator[Told]:
    target = {"target_kind": "person", "target_id": who["mentor_id"], "subject_id": who["mentor_id"]}
    report = {"report_id": derive("report", who["pair_id"]), "reporter_id": who["mentee_id"], "reason": "spam"}
    filed = {**target, **report, "case_id": derive("case", who["pair_id"]), "to": "platform"}
    yield Told("trust_safety", f"case-{who['pair_id']}", "ReportFiled", filed, who["mentee_id"])
    due = to_text(datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=150))
    yield _case(who, "CaseOpened", "system", **target, program_id=who["program_id"], severity="S2", due_at=due)
    yield _case(who, "CaseAssigned", _moderator(who), assignee_id=_moderator(who), until=due)


def _notified(who: Pair, person: str, kind: str, cause: str) -> Iterator[Told]:
    notification = derive("notification", who["pair_id"], person, kind, cause)
    about = {name: who[name] for name in ("pair_id", "program_id", "group_id")}
    told = {"notification_id": notification, "person_id": person}
    raised = {**told, "kind": kind, "about": about, "cause": derive(kind, cause), "channels": ["inbox", "email"]}
    yield Told("notifications", f"inbox-{person}", "NotificationRaised", raised, "system")
    outcome = {"channel": "email"}
    if _chance(who, cause) < 0.9:
        yield Told("notifications", f"inbox-{person}", "NotificationDelivered", {**told, **outcome}, "system")
    else:
        dropped = {**told, **outcome, "why": "read"}
        yield Told("notifications", f"inbox-{person}", "NotificationDropped", dropped, "system")


def _journey(who: Pair, type: str, actor: str, **more: Any) -> Told:
    return Told("programs", f"journey-{who['pair_id']}", type, {**who, **more}, actor)


def _case(who: Pair, type: str, actor: str, **more: Any) -> Told:
    case = {"case_id": derive("case", who["pair_id"]), "queue": "platform"}
    return Told("trust_safety", f"case-{who['pair_id']}", type, {**case, **more}, actor)
