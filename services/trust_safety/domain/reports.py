"""Reports come in, and what they disclose."""

from __future__ import annotations

from services.trust_safety.domain.case import Case, Dossier
from services.trust_safety.domain.errors import NotYourself, TextNeeded
from services.trust_safety.domain.limits import stay_within_limit
from services.trust_safety.domain.rules import DUE_WITHIN, SEVERITY, SEVERITY_OF_BLOCKS, URGENT, Route, queue_for
from services.trust_safety.domain.target import Tie
from shared.kernel.clock import to_text
from shared.kernel.errors import NotFound
from shared.kernel.events import Data, NewEvent, Occasion


def file_report(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """The first report of a target opens a case, others join it while it is open. What a muted person reports is kept
    beside it and does neither, unless it is most urgent (TS-24).

    `command` brings `secret`, with which cases are named; `facts`: `found` (Found or None), for messages `key`
    ({public, private}), `muted`, and `latest`, when the reporter's last reports were filed. Raises NotFound,
    NotYourself, TextNeeded, TooManyReports.
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
    urgent = SEVERITY[reason] == URGENT
    if not urgent:
        stay_within_limit(occasion.facts["latest"], occasion.now)
    muted = occasion.facts["muted"] and not urgent
    case = dossier.current(command, occasion)
    told = _told(case, tie, command, occasion, muted=muted)
    if muted:
        return [told]
    return [told, *_moved(case, tie, command, occasion), *_pauses(case, tie, reason)]


def open_for_blocks(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Several people blocked the same person: that is for the platform to look at, in the case that is open or in a
    new one. Nothing of it says who blocks (BL-12)."""
    case, person_id = dossier.current(command, occasion), command["target"]["id"]
    if case.opened:
        return _raised(case, "platform", SEVERITY_OF_BLOCKS, occasion)
    about = {"group_id": None, "pair_id": None, "program_id": None, "subject_id": person_id, "opened_by": "blocks"}
    return [_opened(case, about, "platform", SEVERITY_OF_BLOCKS, command, occasion)]


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
    if SEVERITY[reason] != URGENT:
        return []
    known = case.held.keys() | case.released
    return [
        NewEvent("PairHeld", {**pair, "case_id": case.case_id}) for pair in tie.pairs if pair["pair_id"] not in known
    ]


def _told(case: Case, tie: Tie, command: Data, occasion: Occasion, *, muted: bool) -> NewEvent:
    """A report, or what the same person adds to theirs. A report that counts asks for its evidence, once."""
    report = case.reports.get(occasion.actor.id)
    said: Data = {
        "report_id": report.report_id if report else occasion.id("report"),
        "case_id": case.case_id,
        "reporter_id": occasion.actor.id,
        "subject_id": tie.subject_id,
        "reason": command["reason"],
        "muted": muted,
        "text": command.get("text") or None,
    }
    key = None if muted else occasion.facts.get("key")
    asks = {
        **_target(command),
        "pair_id": tie.pair_id,
        "evidence_key": key["public"] if key else None,
        "evidence_private": key["private"] if key else None,
    }
    if report is None:
        return NewEvent("ReportFiled", {**said, **asks, "to": command["to"]})
    counts_now = report.muted and not muted
    return NewEvent("ReportRepeated", {**said, **(asks if counts_now else {}), "counts_now": counts_now})


def _moved(case: Case, tie: Tie, command: Data, occasion: Occasion) -> list[NewEvent]:
    """The case opens, or is raised."""
    route = Route(command["target"]["kind"], command["reason"], command["to"], tie.group_id, tie.subject_is_admin)
    queue, severity = queue_for(route), SEVERITY[command["reason"]]
    if not case.opened:
        about = {name: getattr(tie, name) for name in ("group_id", "pair_id", "program_id", "subject_id")}
        return [_opened(case, {**about, "opened_by": "report"}, queue, severity, command, occasion)]
    # Where reports out of two groups meet, neither group's admins may see what came out of the other (SE-03).
    return _raised(case, queue if tie.group_id == case.group_id else "platform", severity, occasion)


def _opened(case: Case, about: Data, queue: str, severity: str, command: Data, occasion: Occasion) -> NewEvent:
    names = {"case_id": case.case_id, "queue": queue, "severity": severity, **_target(command), **about}
    return NewEvent("CaseOpened", {**names, "due_at": to_text(occasion.now + DUE_WITHIN[severity])})


def _target(command: Data) -> Data:
    return {"target_kind": command["target"]["kind"], "target_id": command["target"]["id"]}


def _raised(case: Case, queue: str, severity: str, occasion: Occasion) -> list[NewEvent]:
    """A case only ever becomes more urgent, sooner due, and further from the group."""
    severity = min(case.severity, severity)
    due_at = min(case.due_at, to_text(occasion.now + DUE_WITHIN[severity])) if severity < case.severity else case.due_at
    queue = "platform" if "platform" in (queue, case.queue) else "admin"
    if (severity, queue) == (case.severity, case.queue):
        return []
    return [NewEvent("CaseRaised", {**case.place(), "queue": queue, "severity": severity, "due_at": due_at})]
