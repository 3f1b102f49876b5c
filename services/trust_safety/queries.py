"""Read models → answers: the questions by name. Each applies its policy before it reads anything of substance."""

from __future__ import annotations

from services.trust_safety import queries_of_cases as cases
from services.trust_safety import queries_of_people as people
from services.trust_safety.holds import Holds, holds
from shared.application.table import Query
from shared.contracts import trust_safety_api as api

QUERIES: dict[str, Query] = {
    "my_reports": Query(api.MyReports(), people.my_reports),
    "my_statements": Query(api.MyStatements(), people.my_statements),
    "sanctioned": Query(api.Nothing(), people.sanctioned),
    "cases_of_group": Query(api.CasesOfGroup(), cases.cases_of_group),
    "moderation_cases": Query(api.ModerationCases(), cases.moderation_cases),
    "muted_reporters": Query(api.MutedReporters(), cases.muted_reporters),
    "case": Query(api.OfCase(), cases.case),
    "evidence": Query(api.OfCase(), cases.evidence),
    "audit": Query(api.Audit(), people.audit),
    "sources": Query(api.Nothing(), people.sources),
    "holds": Query(Holds(), holds),
}
