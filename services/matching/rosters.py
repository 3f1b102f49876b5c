"""The roster as the views know it, so that a question asks the very rules that a command asks."""

from __future__ import annotations

from services.matching.domain.roster import Roster, Settings, Signup
from shared.application.table import Reads
from shared.kernel.events import Data

_MANY = 100_000
_OF_A_SIGNUP = ("signup_id", "person_id", "role", "capacity", "adult", "since", "expires_at", "answers", "status")


def as_seen(reads: Reads, found: Data, mentee_id: str) -> Roster:
    """The roster with all who are signed up, and the pairs that `mentee_id` was in. `found` is the view's document."""
    program_id = found["id"]
    signups = reads.find("signups", {"program_id": program_id, "status": {"$in": ["active", "paused"]}}, limit=_MANY)
    met = reads.find("pairs", {"program_id": program_id, "people": mentee_id, "introduced": True}, limit=_MANY)
    return Roster(
        program_id,
        found["group_id"],
        found["open"],
        Settings.of(found["settings"]),
        {
            one["person_id"]: Signup(**{name: one[name] for name in _OF_A_SIGNUP}, current=one["current"])
            for one in signups
        },
        met={pair["couple_id"] for pair in met},
        barred_couples=set(found.get("barred", ())),
    )
