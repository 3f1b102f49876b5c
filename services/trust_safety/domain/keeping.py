"""How long evidence is kept: rules as sentences (EV-09, PR-10)."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.trust_safety.domain.case import Case, Dossier
from shared.kernel.clock import from_text, to_text
from shared.kernel.events import Data, NewEvent, Occasion

KEPT_FOR = timedelta(days=30)


def evidence_until(case: Case, now: datetime, *, appeal_before: str | None = None) -> str | None:
    """Evidence ends 30 days after the last day on which anything of the case could be appealed, and where nothing can,
    30 days from now. None where nothing was disclosed. `appeal_before`: of an action that is only just taken."""
    if not case.discloses():
        return None
    ends = [to_text(now), appeal_before, *(action.appeal_before for action in case.actions.values())]
    return to_text(from_text(max(end for end in ends if end)) + KEPT_FOR)


def destroy_evidence(dossier: Dossier, command: Data, occasion: Occasion) -> list[NewEvent]:
    """The clock ends the evidence of a closed case, at its end and not before, and never while an appeal waits."""
    case = dossier.cases.get(command["case_id"])
    if case is None or case.destroyed or not case.evidence_until or case.pending_appeals:
        return []
    if from_text(case.evidence_until) > occasion.now:
        return []
    reports = sorted(report.report_id for report in case.reports.values() if report.discloses)
    return [NewEvent("EvidenceDestroyed", {**case.place(), "report_ids": reports})]
