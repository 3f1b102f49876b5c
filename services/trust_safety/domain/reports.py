"""Reports come in, and what they disclose."""

from __future__ import annotations

from services.trust_safety.domain.case import Case, Dossier, target_hash
from services.trust_safety.domain.errors import NotYourself, TextNeeded
from services.trust_safety.domain.rules import DUE_WITHIN, SEVERITY, Route, queue_for
from services.trust_safety.domain.target import Tie
from shared.kernel.clock import to_text
from shared.kernel.errors import NotFound
from shared.kernel.events import Data, NewEvent, Occasion


def file_report(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """The first report of a target opens a case, others join it while it is open.

    `command` brings `secret`, with which cases are named; `facts`: `found` (Found or None) and, for messages, `key`
    ({public, private}). Raises NotFound, NotYourself, TextNeeded.
    """
    found, reporter = occasion.facts["found"], occasion.actor
    target, reason = command["target"], command["reason"]
    if target["kind"] == "person" and target["id"] == reporter.id:
        raise NotYourself
    tie = found.tie_of(reporter) if found else None
    if tie is None:
        raise NotFound
    if tie.subject_id == reporter.id:
        raise NotYourself
    if reason == "other" and not (command.get("text") or "").strip():
        raise TextNeeded
    route = Route(target["kind"], reason, command["to"], tie.group_id, tie.subject_is_admin)
    case = dossier.open_case()
    if case is None:
        hashed = target_hash(command["secret"], target["kind"], target["id"])
        case_id = f"{hashed}.{occasion.id('case')}"
        opened = _opened(case_id, tie, queue_for(route), command, occasion)
        return [_filed(case_id, tie, command, occasion), opened, *_pauses(Case(case_id), tie, reason)]
    # Where reports out of two groups meet, neither group's admins may see what came out of the other (SE-03).
    queue = queue_for(route) if tie.group_id == case.group_id else "platform"
    report = case.reports.get(reporter.id)
    first = _repeated(case, report.report_id, tie, command, occasion) if report else None
    told = first or _filed(case.case_id, tie, command, occasion)
    return [told, *_raised(case, queue, reason, occasion), *_pauses(case, tie, reason)]


def receive_evidence(dossier: Dossier, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Evidence that no report of this case asked for is left alone."""
    case = dossier.cases.get(command["case_id"])
    report = case.reports.get(command["reporter_id"]) if case else None
    if case is None or report is None or report.report_id != command["report_id"]:
        return []
    if report.report_id in case.evidence:
        return []
    names = {name: command[name] for name in ("report_id", "evidence_event_id")}
    return [NewEvent("EvidenceReceived", {**case.place(), **names})]


def _pauses(case: Case, tie: Tie, reason: str) -> list[NewEvent]:
    """What is most urgent pauses the reporter's own pair at once, and nobody else's; once per case, so that a
    moderator's word stands (TS-22)."""
    if SEVERITY[reason] != "S0":
        return []
    known = case.held.keys() | case.released
    return [
        NewEvent("PairHeld", {**pair, "case_id": case.case_id}) for pair in tie.pairs if pair["pair_id"] not in known
    ]


def _filed(case_id: str, tie: Tie, command: Data, occasion: Occasion) -> NewEvent:
    key = occasion.facts.get("key")
    return NewEvent(
        "ReportFiled",
        {
            "report_id": occasion.id("report"),
            "case_id": case_id,
            "target_kind": command["target"]["kind"],
            "target_id": command["target"]["id"],
            "pair_id": tie.pair_id,
            "subject_id": tie.subject_id,
            "reporter_id": occasion.actor.id,
            "reason": command["reason"],
            "to": command["to"],
            "evidence_key": key["public"] if key else None,
            "evidence_private": key["private"] if key else None,
            "text": command.get("text") or None,
        },
    )


def _repeated(case: Case, report_id: str, tie: Tie, command: Data, occasion: Occasion) -> NewEvent:
    return NewEvent(
        "ReportRepeated",
        {
            "report_id": report_id,
            "case_id": case.case_id,
            "reporter_id": occasion.actor.id,
            "subject_id": tie.subject_id,
            "reason": command["reason"],
            "text": command.get("text") or None,
        },
    )


def _opened(case_id: str, tie: Tie, queue: str, command: Data, occasion: Occasion) -> NewEvent:
    severity = SEVERITY[command["reason"]]
    return NewEvent(
        "CaseOpened",
        {
            "case_id": case_id,
            "queue": queue,
            "group_id": tie.group_id,
            "target_kind": command["target"]["kind"],
            "target_id": command["target"]["id"],
            "pair_id": tie.pair_id,
            "program_id": tie.program_id,
            "subject_id": tie.subject_id,
            "severity": severity,
            "due_at": to_text(occasion.now + DUE_WITHIN[severity]),
        },
    )


def _raised(case: Case, queue: str, reason: str, occasion: Occasion) -> list[NewEvent]:
    """A case only ever becomes more urgent, sooner due, and further from the group."""
    severity = min(case.severity, SEVERITY[reason])
    due_at = min(case.due_at, to_text(occasion.now + DUE_WITHIN[severity])) if severity < case.severity else case.due_at
    queue = "platform" if "platform" in (queue, case.queue) else "admin"
    if (severity, queue) == (case.severity, case.queue):
        return []
    return [NewEvent("CaseRaised", {**case.place(), "queue": queue, "severity": severity, "due_at": due_at})]
