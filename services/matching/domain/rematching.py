"""Another mentor after a pair has ended: what is kept of it, so that the next one is better where it failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.matching.domain.instance import Former
from services.matching.domain.profile import Profile
from services.matching.domain.rules import Known
from services.matching.domain.scoring import fit


def former(known: Known, mentees: Iterable[Profile]) -> Mapping[str, Former]:
    """By mentee their last ended pair, where there was one; how well it fitted only where both answers are known."""
    found, settings = {}, known.roster.settings.shown
    for mentee in mentees:
        pair_id = known.roster.last_pair.get(mentee.person_id)
        if pair_id is None:
            continue
        pair = known.roster.pairs[pair_id]
        mentor = known.profiles.get(pair.mentor_id)
        parts = {} if mentor is None else dict(fit(mentor, mentee, settings).parts)
        found[mentee.person_id] = Former(pair.mentor_id, _plain(pair.reason), parts)
    return found


def _plain(reason: str | None) -> str:
    """A block reads like any end without a reason: nothing that is made of it may tell of it (BL-06)."""
    return "other" if reason in {None, "blocked"} else str(reason)
