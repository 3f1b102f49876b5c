"""The life of a case: which move leads where, as a pure function (TS-07)."""

from __future__ import annotations

from services.trust_safety.domain.errors import AlreadyEscalated, CaseIsClosed, TakeItFirst
from shared.kernel.errors import Refusal

STATUSES = ("open", "assigned", "escalated", "closed")
MOVES = ("assign", "escalate", "act", "annotate", "close")
"""`annotate` is a note or a reinstatement: the only things that may follow the end of a case."""

_AFTER: dict[tuple[str, str], str | type[Refusal]] = {
    ("open", "assign"): "assigned",
    ("open", "escalate"): "escalated",
    ("open", "act"): TakeItFirst,
    ("open", "annotate"): TakeItFirst,
    ("open", "close"): TakeItFirst,
    ("assigned", "assign"): "assigned",
    ("assigned", "escalate"): "escalated",
    ("assigned", "act"): "assigned",
    ("assigned", "annotate"): "assigned",
    ("assigned", "close"): "closed",
    ("escalated", "assign"): "escalated",
    ("escalated", "escalate"): AlreadyEscalated,
    ("escalated", "act"): "escalated",
    ("escalated", "annotate"): "escalated",
    ("escalated", "close"): "closed",
    ("closed", "assign"): CaseIsClosed,
    ("closed", "escalate"): CaseIsClosed,
    ("closed", "act"): CaseIsClosed,
    ("closed", "annotate"): "closed",
    ("closed", "close"): CaseIsClosed,
}


def after(status: str, move: str) -> str:
    """The status that a move leads to. Raises TakeItFirst, AlreadyEscalated or CaseIsClosed."""
    outcome = _AFTER[status, move]
    if isinstance(outcome, str):
        return outcome
    raise outcome
