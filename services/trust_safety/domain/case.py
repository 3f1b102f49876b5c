"""All cases about one target, one after the other: `case-<keyed hash of the target>`. At most one is open (TS-05)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime

from shared.kernel.clock import from_text
from shared.kernel.errors import NotFound
from shared.kernel.events import Data, Occasion


@dataclass(slots=True)
class Report:
    """`discloses`: it asked conversations for evidence, and holds the key to it. `muted`: it is kept, and counts for
    nothing (TS-24)."""

    report_id: str
    subject_id: str | None
    discloses: bool = False
    muted: bool = False


@dataclass(slots=True)
class Action:
    action: str
    subject_id: str | None
    by: str
    at: str
    until: str | None
    appeal_before: str | None = None


@dataclass(slots=True)
class Appeal:
    action_id: str
    decided: bool = False
    reviewer: str | None = None
    reviewed_until: str = ""

    def holder_at(self, now: datetime) -> str | None:
        """Who reviews it now."""
        return self.reviewer if self.reviewer and from_text(self.reviewed_until) > now else None


@dataclass(slots=True)
class Case:
    """One that is not `opened` keeps reports of muted people only, until somebody else's report opens it."""

    case_id: str
    opened: bool = False
    version: int = 0
    """What `If-Match` names: the last commit of its stream that was about this case."""
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
    sorting: bool = False
    """Who has it sorts it, and decides nothing."""
    reports: dict[str, Report] = field(default_factory=dict)
    """By reporter."""
    evidence: set[str] = field(default_factory=set)
    """The reports whose evidence has come."""
    actions: dict[str, Action] = field(default_factory=dict)
    appeals: dict[str, Appeal] = field(default_factory=dict)
    held: dict[str, Data] = field(default_factory=dict)
    """The pairs that it pauses for review, with what every event says of a pair."""
    released: set[str] = field(default_factory=set)
    disputed: set[str] = field(default_factory=set)
    """Those who are said to be under 18."""
    evidence_until: str | None = None
    destroyed: bool = False
    """Its evidence is gone."""

    @property
    def subjects(self) -> set[str]:
        concerned = (self.subject_id, *(report.subject_id for report in self.reports.values()))
        return {person for person in concerned if person}

    @property
    def pending_appeals(self) -> list[Appeal]:
        return [appeal for appeal in self.appeals.values() if not appeal.decided]

    @property
    def to_sort(self) -> bool:
        """Nobody has handed it up or closed it, and no action of it was appealed: triage may work on it."""
        return self.status in {"open", "assigned"} and not self.appeals

    def status_at(self, now: datetime) -> str:
        """An assignment that ran out leaves the case open again (TS-11)."""
        return "open" if self.status == "assigned" and self.holder_at(now) is None else self.status

    def holder_at(self, now: datetime) -> str | None:
        """Who works on it now."""
        return self.assignee if self.assignee and from_text(self.assigned_until) > now else None

    def lookers_at(self, now: datetime) -> set[str | None]:
        """Who may open the evidence now: who holds the case, and who holds an appeal of it (EV-07)."""
        return {self.holder_at(now), *(appeal.holder_at(now) for appeal in self.pending_appeals)}

    def discloses(self) -> bool:
        return any(report.discloses for report in self.reports.values())

    def place(self) -> Data:
        """What every event of a case says of it."""
        return {"case_id": self.case_id, "queue": self.queue, "group_id": self.group_id}


@dataclass(slots=True)
class Dossier:
    """The cases about one target, by id, in order."""

    cases: dict[str, Case] = field(default_factory=dict)

    def current(self, command: Data, occasion: Occasion) -> Case:
        """The case that is open, else one to open. `command` brings the `target`, and the `secret` that names it."""
        case = next((case for case in self.cases.values() if case.status != "closed"), None)
        hashed = target_hash(command["secret"], command["target"]["kind"], command["target"]["id"])
        return case or Case(f"{hashed}.{occasion.id('case')}")

    def case(self, case_id: str) -> Case:
        """Raises NotFound."""
        case = self.cases.get(case_id)
        if case is None or not case.opened:
            raise NotFound
        return case


def target_hash(secret: bytes, kind: str, id: str) -> str:
    """The part of a case's id that names its stream. Keyed: who guesses the target cannot tell whether a case is about
    it, and so who reported (TS-17)."""
    return hmac.new(secret, f"{kind}\x1f{id}".encode(), "sha256").hexdigest()[:32]


def stream_of_target(secret: bytes, kind: str, id: str) -> str:
    return f"case-{target_hash(secret, kind, id)}"


def stream_of_case(case_id: str) -> str:
    """Also of an appeal, whose id begins with that of its case."""
    return f"case-{case_id.partition('.')[0]}"


PAIR_FIELDS = ("pair_id", "program_id", "group_id", "mentor_id", "mentee_id")
