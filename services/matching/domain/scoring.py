"""How well two people fit: 0 to 1 for each question, so that ticking more boxes never helps (P-08), and why (P-09)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.matching.domain.hours import shared_hours
from services.matching.domain.profile import Profile, hours_apart
from services.matching.domain.questions import Question, likeness
from services.matching.domain.roster import Settings

WEIGHTS = {"needs": 0.5, "topics": 0.15, "questions": 0.15, "hours": 0.1, "languages": 0.05, "clocks": 0.05}
"""What the mentee needs comes first. In the order of the fields of `Fit`."""

HOURS_ENOUGH = 3
"""So many hours a week in common leave a choice of when to meet; more are no better."""

_DEEP = 3
"""How much more a question about who somebody is weighs than one about what group they belong to."""

_AS_IT_COMES = Settings()


@dataclass(frozen=True, slots=True)
class Fit:
    """Each part is between 0 and 1, or None where it cannot be known for these two: its weight goes to the others."""

    needs: float
    topics: float
    questions: float | None
    hours: float | None
    languages: float
    clocks: float

    @property
    def parts(self) -> Mapping[str, float | None]:
        return {name: getattr(self, name) for name in WEIGHTS}

    @property
    def score(self) -> float:
        return score_of(self.parts)


def score_of(parts: Mapping[str, float | None]) -> float:
    """0 to 1, in millionths, from the parts of a `Fit` that are known."""
    known = [(WEIGHTS[name], part) for name, part in parts.items() if part is not None]
    return round(sum(weight * part for weight, part in known) / sum(weight for weight, _ in known), 6)


def fit(mentor: Profile, mentee: Profile, settings: Settings = _AS_IT_COMES) -> Fit:
    """How well this mentor suits this mentee."""
    return Fit(
        needs=_covered(mentee.wished, mentor.topics),
        topics=_in_common(mentor.topics, mentee.topics),
        questions=_alike(settings.questions, mentor, mentee),
        hours=_free_together(mentor, mentee),
        languages=1.0 if mentor.languages & mentee.languages else 0.0,
        clocks=1 - hours_apart(mentor, mentee) / 12,
    )


def weight_of(question: Question) -> int:
    """How much a question counts among a program's questions; 0 where it is not for the score."""
    return question.weight * (_DEEP if question.deep else 1) if question.use == "soft" and question.compared else 0


def _covered(wished: Mapping[str, str], offered: Mapping[str, str]) -> float:
    """The share of the wishes that is offered; the first wish weighs 1, the second 1/2, the third 1/3 …"""
    whole = sum(1 / place for place in range(1, len(wished) + 1))
    met = sum(1 / place for place, wish in enumerate(wished, 1) if wish in offered)
    return met / whole if whole else 0.0


def _in_common(ones: Mapping[str, str], others: Mapping[str, str]) -> float:
    """Everybody spreads one whole evenly over what they ticked; what is laid on the same boxes counts."""
    most = max(len(ones), len(others))
    return len(ones.keys() & others.keys()) / most if most else 0.0


def _alike(questions: Iterable[Question], mentor: Profile, mentee: Profile) -> float | None:
    found = [(weight_of(one), likeness(one, mentor, mentee)) for one in questions if weight_of(one)]
    known = [(weight, like) for weight, like in found if like is not None]
    return sum(weight * like for weight, like in known) / sum(weight for weight, _ in known) if known else None


def _free_together(mentor: Profile, mentee: Profile) -> float | None:
    hours = shared_hours(mentor, mentee)
    return None if hours is None else min(hours / HOURS_ENOUGH, 1.0)
