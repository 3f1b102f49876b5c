"""How pairs end, by whomever: drafts are dropped without a word, introduced pairs end, and who is left waits anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.matching.domain.roster import Pair, Roster
from shared.kernel.clock import to_text
from shared.kernel.events import Data, NewEvent


def about(roster: Roster, pair: Pair) -> Data:
    """What every event of a pair says."""
    return {
        **roster.place,
        "pair_id": pair.pair_id,
        "mentor_id": pair.mentor_id,
        "mentee_id": pair.mentee_id,
    }


def part(
    roster: Roster, pairs: Sequence[Pair], reason: str, by: str | None, now: datetime, *, leaving: str | None = None
) -> list[NewEvent]:
    """End these pairs. Whoever was introduced, is left without a pair and is not `leaving`, waits anew.

    A draft that is dropped leaves the two as they were: they were never told of it, and keep their turn.
    """
    over = [
        NewEvent("PairEnded" if pair.introduced else "PairDropped", {**about(roster, pair), "reason": reason, "by": by})
        for pair in pairs
    ]
    lost = Counter(person_id for pair in pairs for person_id in pair.people)
    knew = {person_id for pair in pairs if pair.introduced for person_id in pair.people}
    left = [one for one, count in lost.items() if one in knew and roster.signups[one].current == count]
    return over + [_renewed(roster, one, now) for one in left if one != leaving]


def _renewed(roster: Roster, person_id: str, now: datetime) -> NewEvent:
    signup = roster.signups[person_id]
    until = to_text(now + timedelta(days=roster.settings.signup_expires_after_days))
    who = {"signup_id": signup.signup_id, "person_id": person_id, "role": signup.role}
    return NewEvent("SignupRenewed", {**roster.place, **who, "expires_at": until, "since": to_text(now)})
