"""What moderators, triage and group admins do with a case."""

from __future__ import annotations

from datetime import datetime

from services.trust_safety.domain import machine
from services.trust_safety.domain.case import Case, Dossier
from services.trust_safety.domain.errors import (
    AgeUnanswered,
    AssignedToAnother,
    BanHasNoEnd,
    EndIsPast,
    EndNeeded,
    NobodyConcerned,
    NoEndHere,
    NoProgramConcerned,
    NoteNeedsText,
    NothingIsHeld,
    NothingToLift,
    OutcomeContradicts,
    ReasonsNeeded,
    TakeItFirst,
)
from services.trust_safety.domain.keeping import evidence_until
from services.trust_safety.domain.rules import ANSWERS_AGE, ASSIGNED_FOR, GIVES_BACK, LASTING, SETTLES, TOLD
from shared.kernel.clock import from_text, to_text
from shared.kernel.events import Data, NewEvent, Occasion


def assign_case(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Take the case for 12 hours, or for 12 more. Raises AssignedToAnother, CaseIsClosed."""
    case = dossier.case(command["case_id"])
    machine.after(case.status_at(occasion.now), "assign")
    _not_anothers(case, occasion)
    until = to_text(occasion.now + ASSIGNED_FOR)
    assigned = {**case.place(), "assignee_id": occasion.actor.id, "until": until}
    if case.queue == "platform" and not occasion.actor.is_moderator():
        assigned["to_sort"] = True
    return [NewEvent("CaseAssigned", assigned)]


def escalate_case(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Hand the case up to the platform's moderators. Raises AssignedToAnother, AlreadyEscalated, CaseIsClosed."""
    case = dossier.case(command["case_id"])
    machine.after(case.status_at(occasion.now), "escalate")
    _not_anothers(case, occasion)
    return [NewEvent("CaseEscalated", {**case.place(), "queue": "platform", "by": occasion.actor.id})]


def escalate_overdue(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """The clock hands up what is overdue, once (TS-21)."""
    case = dossier.cases.get(command["case_id"])
    if case is None or case.status not in {"open", "assigned"} or from_text(case.due_at) > occasion.now:
        return []
    return [NewEvent("CaseEscalated", {**case.place(), "queue": "platform", "by": None})]


def act_on_case(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Take a graded action; one that settles the case closes it in the same append (TS-14).

    `facts`: `appeal_window`. Raises TakeItFirst, CaseIsClosed, ReasonsNeeded, NoteNeedsText, NobodyConcerned,
    NoProgramConcerned, NothingIsHeld, NothingToLift, AgeUnanswered, EndIsPast, EndNeeded, BanHasNoEnd, NoEndHere.
    """
    case, action = dossier.case(command["case_id"]), command["action"]
    annotates = action in GIVES_BACK | {"note"}
    status = machine.after(case.status_at(occasion.now), "annotate" if annotates else "act")
    if status != "closed":
        _held(case, occasion)
    _give_reasons(command)
    until = _end(action, command.get("until"), occasion.now)
    taken = _taken(case, command, until, occasion)
    if action == "release-pair":
        return [taken, *_let_go(case)]
    closes = action == "dismiss" or (action in SETTLES and command.get("close", True))
    if status == "closed" or not closes:
        return [taken]
    return [taken, *_closed(case, occasion, taken)]


def close_case(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Close the case; its reporters are told. Closing it again the same way changes nothing. Raises CaseIsClosed,
    TakeItFirst, OutcomeContradicts, AgeUnanswered."""
    case, outcome = dossier.case(command["case_id"]), command.get("outcome")
    if case.status == "closed" and outcome in (None, case.outcome):
        return []
    machine.after(case.status_at(occasion.now), "close")
    _held(case, occasion)
    if outcome not in (None, _outcome(case)):
        raise OutcomeContradicts
    return _closed(case, occasion)


def view_evidence(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """The look is on record before a byte is shown (EV-06): for who holds the case, or the second person who holds an
    appeal of it (EV-07). Raises NotFound, TakeItFirst."""
    case = dossier.case(command["case_id"])
    if occasion.actor.id not in case.lookers_at(occasion.now):
        raise TakeItFirst
    return [NewEvent("EvidenceViewed", {**case.place(), "by": occasion.actor.id})]


def _not_anothers(case: Case, occasion: Occasion) -> None:
    """A moderator need not wait for triage. Raises AssignedToAnother."""
    if case.sorting and occasion.actor.is_moderator():
        return
    if case.holder_at(occasion.now) not in (None, occasion.actor.id):
        raise AssignedToAnother


def _held(case: Case, occasion: Occasion) -> None:
    held_by(case.holder_at(occasion.now), occasion)


def held_by(holder: str | None, occasion: Occasion) -> None:
    """Only who holds a thing works on it. Raises TakeItFirst, AssignedToAnother."""
    if holder is None:
        raise TakeItFirst
    if holder != occasion.actor.id:
        raise AssignedToAnother


def _filled(command: Data, name: str) -> bool:
    return bool((command.get(name) or "").strip())


def _give_reasons(command: Data) -> None:
    if command["action"] == "dismiss":
        return
    if command["action"] in {"note", "release-pair"}:
        if not _filled(command, "rationale"):
            raise NoteNeedsText
        return
    if not (command["policies"] and _filled(command, "rationale") and _filled(command, "message")):
        raise ReasonsNeeded


def _end(action: str, until: datetime | None, now: datetime) -> str | None:
    if until is None:
        if action == "suspend":
            raise EndNeeded
        return None
    if action == "ban":
        raise BanHasNoEnd
    if action not in LASTING:
        raise NoEndHere
    if until <= now:
        raise EndIsPast
    return to_text(until)


def _subject(case: Case, command: Data) -> str | None:
    if command["action"] not in TOLD | GIVES_BACK:
        return None
    wanted: str | None = command.get("subject_id") or case.subject_id
    if wanted is None or wanted not in case.subjects:
        raise NobodyConcerned
    return wanted


def _lifts(case: Case, command: Data, subject_id: str | None) -> str | None:
    """The one sanction that a reinstatement lifts; None where it lifts all that the case imposed on the person."""
    action_id: str | None = command.get("action_id")
    if action_id is None:
        return None
    sanction = case.actions.get(action_id)
    if command["action"] != "reinstate" or sanction is None:
        raise NothingToLift
    if sanction.action not in LASTING or sanction.subject_id != subject_id:
        raise NothingToLift
    return action_id


def _taken(case: Case, command: Data, until: str | None, occasion: Occasion) -> NewEvent:
    action, subject_id = command["action"], _subject(case, command)
    if action == "remove-from-program" and case.program_id is None:
        raise NoProgramConcerned
    if action == "release-pair" and not case.held:
        raise NothingIsHeld
    appeal_before = to_text(occasion.now + occasion.facts["appeal_window"]) if action in TOLD else None
    return NewEvent(
        "ActionTaken",
        {
            **case.place(),
            "action_id": occasion.id("action"),
            "action": action,
            "subject_id": subject_id,
            "program_id": case.program_id if action == "remove-from-program" else None,
            "by": occasion.actor.id,
            "policies": list(command["policies"]),
            "until": until,
            "appeal_before": appeal_before,
            "lifts": _lifts(case, command, subject_id),
            "rationale": command.get("rationale") or None,
            "message": (command.get("message") or None) if subject_id else None,
        },
    )


def _outcome(case: Case, last: str = "") -> str:
    """What the reporters hear is what was done (TS-18). `last`: an action that is only just taken."""
    actions = {last, *(action.action for action in case.actions.values())}
    return "action-taken" if actions & TOLD else "no-action"


def _closed(case: Case, occasion: Occasion, taken: NewEvent | None = None) -> list[NewEvent]:
    """The end of a case lets go the pairs that it holds. `taken`: the action that settles it."""
    last = taken.data if taken else {}
    answers = [(action.action, action.subject_id) for action in case.actions.values()]
    answers.append((last.get("action", ""), last.get("subject_id")))
    if case.disputed - {person for action, person in answers if action in ANSWERS_AGE}:
        raise AgeUnanswered
    closed = {
        **case.place(),
        "outcome": _outcome(case, last.get("action", "")),
        "by": occasion.actor.id,
        "reporter_ids": sorted(case.reports),
        "evidence_until": evidence_until(case, occasion.now, appeal_before=last.get("appeal_before")),
    }
    return [NewEvent("CaseClosed", closed), *_let_go(case)]


def _let_go(case: Case) -> list[NewEvent]:
    return [NewEvent("PairReleased", {**pair, "case_id": case.case_id}) for pair in case.held.values()]
