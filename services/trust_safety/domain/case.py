"""All cases about one target, one after the other: `case-<hash of the target>`. At most one is open (TS-05)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shared.kernel.clock import from_text
from shared.kernel.errors import NotFound
from shared.kernel.events import Aggregate, Data, Event
from shared.kernel.ids import derive


@dataclass(slots=True)
class Report:
    report_id: str
    subject_id: str | None


@dataclass(slots=True)
class Action:
    action: str
    subject_id: str | None
    by: str
    at: str
    until: str | None


@dataclass(slots=True)
class Appeal:
    action_id: str
    decided: bool = False


@dataclass(slots=True)
class Case:
    case_id: str
    queue: str = "platform"
    group_id: str | None = None
    program_id: str | None = None
    subject_id: str | None = None
    severity: str = "S3"
    due_at: str = ""
    status: str = "open"
    outcome: str | None = None
    assignee: str | None = None
    assigned_until: str = ""
    reports: dict[str, Report] = field(default_factory=dict)
    """By reporter."""
    evidence: set[str] = field(default_factory=set)
    """The reports whose evidence has come."""
    actions: dict[str, Action] = field(default_factory=dict)
    appeals: dict[str, Appeal] = field(default_factory=dict)

    @property
    def subjects(self) -> set[str]:
        return {report.subject_id for report in self.reports.values() if report.subject_id}

    @property
    def pending_appeals(self) -> list[Appeal]:
        return [appeal for appeal in self.appeals.values() if not appeal.decided]

    def status_at(self, now: datetime) -> str:
        """An assignment that ran out leaves the case open again (TS-11)."""
        return "open" if self.status == "assigned" and self.holder_at(now) is None else self.status

    def holder_at(self, now: datetime) -> str | None:
        """Who works on it now."""
        return self.assignee if self.assignee and from_text(self.assigned_until) > now else None

    def place(self) -> Data:
        """What every event of a case says of it."""
        return {"case_id": self.case_id, "queue": self.queue, "group_id": self.group_id}


@dataclass(slots=True)
class Dossier:
    """The cases about one target, by id, in order."""

    cases: dict[str, Case] = field(default_factory=dict)

    def open_case(self) -> Case | None:
        return next((case for case in self.cases.values() if case.status != "closed"), None)

    def case(self, case_id: str) -> Case:
        """Raises NotFound."""
        if case_id not in self.cases:
            raise NotFound
        return self.cases[case_id]


def target_hash(kind: str, id: str) -> str:
    """The part of a case's id that names its target, and its stream."""
    return derive("target", kind, id)


def stream_of_target(kind: str, id: str) -> str:
    return f"case-{target_hash(kind, id)}"


def stream_of_case(case_id: str) -> str:
    """Also of an appeal, whose id begins with that of its case."""
    return f"case-{case_id.partition('.')[0]}"


def evolve(dossier: Dossier, event: Event) -> Dossier:
    data = event.data
    case = dossier.cases.setdefault(data["case_id"], Case(data["case_id"]))
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
    case.reports[event.data["reporter_id"]] = Report(event.data["report_id"], event.data.get("subject_id"))


def _opened(case: Case, event: Event) -> None:
    case.program_id, case.subject_id = event.data.get("program_id"), event.data.get("subject_id")
    _raised(case, event)


def _raised(case: Case, event: Event) -> None:
    case.severity, case.due_at = event.data["severity"], event.data["due_at"]


def _received(case: Case, event: Event) -> None:
    case.evidence.add(event.data["report_id"])


def _assigned(case: Case, event: Event) -> None:
    case.assignee, case.assigned_until = event.data["assignee_id"], event.data["until"]
    case.status = "escalated" if case.status == "escalated" else "assigned"


def _escalated(case: Case, event: Event) -> None:
    if event.data.get("by"):
        case.assignee = None
    case.status = "escalated"


def _acted(case: Case, event: Event) -> None:
    data = event.data
    case.actions[data["action_id"]] = Action(
        data["action"], data.get("subject_id"), data["by"], event.recorded_at, data.get("until")
    )


def _closed(case: Case, event: Event) -> None:
    case.status, case.outcome, case.assignee = "closed", event.data["outcome"], None


def _appealed(case: Case, event: Event) -> None:
    case.appeals[event.data["appeal_id"]] = Appeal(event.data["action_id"])


def _decided(case: Case, event: Event) -> None:
    case.appeals[event.data["appeal_id"]].decided = True
    if event.data.get("until"):
        case.actions[event.data["action_id"]].until = event.data["until"]


_STEPS = {
    "ReportFiled": _reported,
    "CaseOpened": _opened,
    "CaseRaised": _raised,
    "EvidenceReceived": _received,
    "CaseAssigned": _assigned,
    "CaseEscalated": _escalated,
    "ActionTaken": _acted,
    "CaseClosed": _closed,
    "AppealFiled": _appealed,
    "AppealDecided": _decided,
}

DOSSIER: Aggregate[Dossier] = Aggregate("case", Dossier, evolve)
