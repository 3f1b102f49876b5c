"""How well two people fit: 0 to 1 for each question, so that ticking more boxes never helps (P-08), and why (P-09)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.matching.domain.profile import Profile, hours_apart

WEIGHTS = {"needs": 0.6, "topics": 0.2, "languages": 0.1, "clocks": 0.1}
"""What the mentee needs comes first. In the order of the fields of `Fit`."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Each part is between 0 and 1."""

    needs: float
    topics: float
    languages: float
    clocks: float

    @property
    def score(self) -> float:
        parts = (self.needs, self.topics, self.languages, self.clocks)
        return round(sum(weight * part for weight, part in zip(WEIGHTS.values(), parts, strict=True)), 6)


def fit(mentor: Profile, mentee: Profile) -> Fit:
    """How well this mentor suits this mentee."""
    return Fit(
        needs=_covered(mentee.wished, mentor.topics),
        topics=_in_common(mentor.topics, mentee.topics),
        languages=1.0 if mentor.languages & mentee.languages else 0.0,
        clocks=1 - hours_apart(mentor, mentee) / 12,
    )


def reasons(mentor: Profile, mentee: Profile) -> list[str]:
    """Why this mentor suits this mentee, in plain sentences; the best first."""
    covered = [shown for plain, shown in mentee.wished.items() if plain in mentor.topics]
    shared = [shown for plain, shown in mentee.topics.items() if plain in mentor.topics]
    languages = sorted(mentor.languages & mentee.languages)
    apart = hours_apart(mentor, mentee)
    said = []
    if covered:
        said.append(f"Can help with {len(covered)} of {len(mentee.wished)} wishes: {', '.join(covered)}.")
    if shared and mentee.needs:
        said.append(f"Both chose: {', '.join(shared)}.")
    if languages:
        said.append(f"Both speak: {', '.join(languages)}.")
    said.append("Their clocks agree." if apart == 0 else f"Their clocks are {apart:g} hours apart.")
    return said


def unmet(mentor: Profile, mentee: Profile) -> list[str]:
    """The mentee's wishes that this mentor does not cover, the most wanted first."""
    return [shown for plain, shown in mentee.wished.items() if plain not in mentor.topics]


def _covered(wished: Mapping[str, str], offered: Mapping[str, str]) -> float:
    """The share of the wishes that is offered; the first wish weighs 1, the second 1/2, the third 1/3 …"""
    whole = sum(1 / place for place in range(1, len(wished) + 1))
    met = sum(1 / place for place, wish in enumerate(wished, 1) if wish in offered)
    return met / whole if whole else 0.0


def _in_common(ones: Mapping[str, str], others: Mapping[str, str]) -> float:
    """Everybody spreads one whole evenly over what they ticked; what is laid on the same boxes counts."""
    most = max(len(ones), len(others))
    return len(ones.keys() & others.keys()) / most if most else 0.0
