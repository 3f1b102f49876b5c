"""What each event makes of a case."""

from __future__ import annotations

from services.trust_safety.domain.case import PAIR_FIELDS, Action, Appeal, Case, Dossier, Report
from services.trust_safety.domain.rules import appeal_before
from shared.kernel.events import Aggregate, Event


def evolve(dossier: Dossier, event: Event) -> Dossier:
    data = event.data
    case = dossier.cases.setdefault(data["case_id"], Case(data["case_id"]))
    case.version = event.seq
    if "queue" in data:
        _move(case, data["queue"], data.get("group_id"))
    step = _STEPS.get(event.type)
    if step:
        step(case, event)
    return dossier


def _move(case: Case, queue: str, group_id: str | None) -> None:
    """Whoever worked on it at the desk that it leaves, works on it no more."""
    if case.queue != queue:
        _release(case)
    case.queue, case.group_id = queue, group_id


def _release(case: Case) -> None:
    case.assignee = None
    case.status = "open" if case.status == "assigned" else case.status


def _reported(case: Case, event: Event) -> None:
    data = event.data
    names, muted = (data["report_id"], data.get("subject_id")), bool(data.get("muted"))
    case.reports[data["reporter_id"]] = Report(*names, data.get("evidence_key") is not None, muted)
    _said(case, event)


def _repeated(case: Case, event: Event) -> None:
    report = case.reports[event.data["reporter_id"]]
    if event.data.get("counts_now"):
        report.discloses, report.muted = event.data.get("evidence_key") is not None, False
    _said(case, event)


def _said(case: Case, event: Event) -> None:
    data = event.data
    if data["reason"] == "may-be-under-18" and data.get("subject_id") and not data.get("muted"):
        case.disputed.add(data["subject_id"])


def _opened(case: Case, event: Event) -> None:
    case.opened = True
    case.program_id, case.subject_id = event.data.get("program_id"), event.data.get("subject_id")
    _raised(case, event)


def _raised(case: Case, event: Event) -> None:
    case.severity, case.due_at = event.data["severity"], event.data["due_at"]


def _received(case: Case, event: Event) -> None:
    case.evidence.add(event.data["report_id"])


def _assigned(case: Case, event: Event) -> None:
    case.assignee, case.assigned_until = event.data["assignee_id"], event.data["until"]
    case.sorting = bool(event.data.get("to_sort"))
    case.status = "escalated" if case.status == "escalated" else "assigned"


def _escalated(case: Case, event: Event) -> None:
    if event.data.get("by"):
        case.assignee = None
    case.status = "escalated"


def _acted(case: Case, event: Event) -> None:
    data = event.data
    who = (data["action"], data.get("subject_id"), data["by"])
    case.actions[data["action_id"]] = Action(*who, event.recorded_at, data.get("until"), appeal_before(event))


def _closed(case: Case, event: Event) -> None:
    case.status, case.outcome, case.assignee = "closed", event.data["outcome"], None
    case.evidence_until = event.data.get("evidence_until")


def _appealed(case: Case, event: Event) -> None:
    case.appeals[event.data["appeal_id"]] = Appeal(event.data["action_id"])


def _review_taken(case: Case, event: Event) -> None:
    appeal = case.appeals[event.data["appeal_id"]]
    appeal.reviewer, appeal.reviewed_until = event.data["assignee_id"], event.data["until"]


def _decided(case: Case, event: Event) -> None:
    case.appeals[event.data["appeal_id"]].decided = True
    case.evidence_until = event.data.get("evidence_until") or case.evidence_until
    if event.data.get("until"):
        case.actions[event.data["action_id"]].until = event.data["until"]


def _destroyed(case: Case, _event: Event) -> None:
    case.destroyed = True


def _holds(case: Case, event: Event) -> None:
    case.held[event.data["pair_id"]] = {name: event.data[name] for name in PAIR_FIELDS}


def _releases(case: Case, event: Event) -> None:
    del case.held[event.data["pair_id"]]
    case.released.add(event.data["pair_id"])


_STEPS = {
    "ReportFiled": _reported,
    "ReportRepeated": _repeated,
    "CaseOpened": _opened,
    "CaseRaised": _raised,
    "EvidenceReceived": _received,
    "CaseAssigned": _assigned,
    "CaseEscalated": _escalated,
    "ActionTaken": _acted,
    "CaseClosed": _closed,
    "AppealFiled": _appealed,
    "AppealAssigned": _review_taken,
    "AppealDecided": _decided,
    "EvidenceDestroyed": _destroyed,
    "PairHeld": _holds,
    "PairReleased": _releases,
}

DOSSIER: Aggregate[Dossier] = Aggregate("case", Dossier, evolve)
