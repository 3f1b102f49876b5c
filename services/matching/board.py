"""The board of a program for its admins: counts, the waiting list with its age, closing reasons (P-11, P-22)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from services.matching.names import Names, shown_reason
from shared.application.table import Reads
from shared.contracts.matching_api import ROLES, SIGNUP_STATUSES
from shared.kernel.clock import from_text
from shared.kernel.events import Data

_PAIR_STATUSES = ("created", "active", "paused", "ended", "dropped")
_LONGEST = 20
_MANY = 100_000


def board(reads: Reads, program_id: str, now: datetime) -> Data:
    """See `shared.contracts.matching_api.BoardAnswer`."""
    here = {"program_id": program_id}
    ended = reads.find("pairs", {**here, "status": "ended"}, limit=_MANY)
    return {
        **here,
        "signups": {
            role: {
                status: reads.count("signups", {**here, "role": role, "status": status}) for status in SIGNUP_STATUSES
            }
            for role in ROLES
        },
        "pairs": {status: reads.count("pairs", {**here, "status": status}) for status in _PAIR_STATUSES},
        "waiting": _waiting(reads, program_id, now),
        "closing_reasons": dict(Counter(str(shown_reason(pair["reason"])) for pair in ended)),
    }


def _waiting(reads: Reads, program_id: str, now: datetime) -> Data:
    """Mentees without a mentor, who has waited longest first."""
    where = {"program_id": program_id, "role": "mentee", "status": "active", "current": 0}
    oldest = reads.find("signups", where, order="queue", limit=_LONGEST)
    names = Names(reads, [(program_id, one["person_id"]) for one in oldest])
    longest = [
        {
            "person_id": one["person_id"],
            "name": names.of(program_id, one["person_id"]),
            "since": one["since"],
            "days": (now - from_text(one["since"])).days,
        }
        for one in oldest
    ]
    return {"count": reads.count("signups", where), "longest": longest}
