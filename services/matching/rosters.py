"""The roster as the views know it, so that a question asks the very rules that a command asks."""

from __future__ import annotations

from services.matching.domain.roster import Pair, Roster, Settings, Signup
from services.matching.keys import signup_key
from shared.application.table import Reads
from shared.kernel.events import Data

_MANY = 100_000
_OF_A_SIGNUP = ("signup_id", "person_id", "role", "capacity", "adult", "since", "expires_at", "answers", "status")
_OF_A_PAIR = ("mentor_id", "mentee_id", "status")


def as_seen(reads: Reads, found: Data) -> Roster:
    """The roster with all who are signed up or were somebody's last mentor, and all pairs. `found` is the view's

    document.
    """
    here = {"program_id": found["id"]}
    signups = reads.find("signups", {**here, "status": {"$in": ["active", "paused"]}}, limit=_MANY)
    pairs = reads.find("pairs", here, limit=_MANY)
    last = {one["last_pair_id"] for one in signups if one.get("last_pair_id")}
    mentors = {signup_key(found["id"], one["mentor_id"]) for one in pairs if one["id"] in last}
    signups += reads.get_many("signups", sorted(mentors - {one["id"] for one in signups})).values()
    return Roster(
        program_id=found["id"],
        group_id=found["group_id"],
        open=found["open"],
        settings=Settings.of(found["settings"]),
        signups={one["person_id"]: _signup(one) for one in signups},
        pairs={one["id"]: _pair(one) for one in pairs},
        met={one["couple_id"] for one in pairs if one["introduced"]},
        barred_couples=set(found.get("barred", ())),
        last_pair={one["person_id"]: one["last_pair_id"] for one in signups if one.get("last_pair_id")},
        ended_at={one["person_id"]: one["ended_at"] for one in signups if one.get("ended_at")},
    )


def _signup(one: Data) -> Signup:
    return Signup(**{name: one[name] for name in _OF_A_SIGNUP}, current=one["current"])


def _pair(one: Data) -> Pair:
    known = {name: one[name] for name in _OF_A_PAIR}
    return Pair(pair_id=one["id"], introduction=None, reason=one.get("reason"), **known)
