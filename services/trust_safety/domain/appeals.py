"""A second look, by a second person (TS-19)."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.trust_safety.domain.case import Action, Appeal, Case, Dossier
from services.trust_safety.domain.errors import (
    AlreadyAppealed,
    AppealDecidedAlready,
    AppealTooLate,
    AssignedToAnother,
    EndIsPast,
    MessageNeeded,
    NeedsAnotherModerator,
    NothingToReduce,
)
from services.trust_safety.domain.handling import held_by
from services.trust_safety.domain.keeping import evidence_until
from services.trust_safety.domain.rules import ASSIGNED_FOR, LASTING, TOLD
from shared.kernel.clock import from_text, to_text
from shared.kernel.errors import NotFound
from shared.kernel.events import Data, NewEvent, Occasion

_REDUCED_TO = timedelta(days=30)


def case_of_appeal(appeal_id: str) -> str:
    """An appeal's id is its case's with a number."""
    return appeal_id.rpartition(".")[0]


def file_appeal(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Only the person concerned, once per action, in time. Raises NotFound, AlreadyAppealed, AppealTooLate."""
    case = dossier.case(command["case_id"])
    action_id = command["action_id"]
    action = case.actions.get(action_id)
    if action is None or action.action not in TOLD or action.subject_id != occasion.actor.id:
        raise NotFound
    if any(appeal.action_id == action_id for appeal in case.appeals.values()):
        raise AlreadyAppealed
    if action.appeal_before and occasion.now > from_text(action.appeal_before):
        raise AppealTooLate
    appeal_id = f"{case.case_id}.{len(case.appeals) + 1}"
    names = {"appeal_id": appeal_id, "action_id": action_id, "by": occasion.actor.id, "text": command["text"]}
    return [NewEvent("AppealFiled", {**case.place(), **names})]


def assign_appeal(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Take the review for 12 hours, or for 12 more: only who holds it looks and decides (EV-07). Raises NotFound,
    NeedsAnotherModerator, AppealDecidedAlready, AssignedToAnother."""
    case, appeal = _appeal(dossier, command, occasion)
    if appeal.holder_at(occasion.now) not in (None, occasion.actor.id):
        raise AssignedToAnother
    held = {"assignee_id": occasion.actor.id, "until": to_text(occasion.now + ASSIGNED_FOR)}
    return [NewEvent("AppealAssigned", {**case.place(), "appeal_id": command["appeal_id"], **held})]


def decide_appeal(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Uphold, reduce or withdraw, by who took the appeal. Raises NotFound, NeedsAnotherModerator, AppealDecidedAlready,
    TakeItFirst, AssignedToAnother, MessageNeeded, NothingToReduce, EndIsPast."""
    case, appeal = _appeal(dossier, command, occasion)
    held_by(appeal.holder_at(occasion.now), occasion)
    if not command["message"].strip():
        raise MessageNeeded
    action = case.actions[appeal.action_id]
    if command["result"] == "reduce" and action.action not in LASTING:
        raise NothingToReduce
    return [_decided(case, appeal.action_id, action, command, occasion)]


def _appeal(dossier: Dossier, command: Data, occasion: Occasion) -> tuple[Case, Appeal]:
    """What waits for a second person."""
    case = dossier.case(case_of_appeal(command["appeal_id"]))
    appeal = case.appeals.get(command["appeal_id"])
    if appeal is None:
        raise NotFound
    if case.actions[appeal.action_id].by == occasion.actor.id:
        raise NeedsAnotherModerator
    if appeal.decided:
        raise AppealDecidedAlready
    return case, appeal


def reduced_end(until: str | None, wanted: datetime | None, now: datetime) -> str | None:
    """When a reduced sanction ends: as the reviewer says, but never later than before; else after half of what is
    left; a sanction without end, in 30 days."""
    if wanted is not None and wanted <= now:
        raise EndIsPast
    if until is None:
        return to_text(wanted or now + _REDUCED_TO)
    before = from_text(until)
    return to_text(min(wanted or now + (before - now) / 2, before))


def _decided(case: Case, action_id: str, action: Action, command: Data, occasion: Occasion) -> NewEvent:
    waits = len(case.pending_appeals) > 1
    reduces = command["result"] == "reduce"
    until = reduced_end(action.until, command.get("until"), occasion.now) if reduces else None
    return NewEvent(
        "AppealDecided",
        {
            **case.place(),
            "appeal_id": command["appeal_id"],
            "action_id": action_id,
            "subject_id": action.subject_id,
            "by": occasion.actor.id,
            "result": command["result"],
            "until": until,
            "evidence_until": None if waits or case.status != "closed" else evidence_until(case, occasion.now),
            "message": command["message"],
        },
    )
