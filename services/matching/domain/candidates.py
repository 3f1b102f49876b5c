"""Whom one person could be paired with, the best fit first: for pairing by hand (P-06)."""

from __future__ import annotations

from services.matching.domain.profile import Profile
from services.matching.domain.recommending import available
from services.matching.domain.rules import Known, clash, unfit
from services.matching.domain.scoring import fit

_OTHER = {"mentor": "mentee", "mentee": "mentor"}


def candidates(known: Known, person_id: str, role: str) -> list[tuple[Profile, Profile]]:
    """(mentor, mentee) for all whom the rules allow. Raises the rule that the person breaks.

    In the order of the scores that are shown: any other would tell of protected replies.
    """
    refusal = unfit(known, person_id, role)
    if refusal:
        raise refusal
    person, settings, scored = known.profiles[person_id], known.roster.settings.shown, []
    for other in available(known, _OTHER[role]):
        mentor, mentee = (other, person) if role == "mentee" else (person, other)
        if clash(known, mentor, mentee) is None:
            score = fit(mentor, mentee, settings).score
            scored.append((-score, other.person_id, mentor, mentee))
    return [(mentor, mentee) for _, _, mentor, mentee in sorted(scored, key=lambda one: one[:2])]
