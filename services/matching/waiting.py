"""The waiting list of a program with its age: who has no pair, since when, and until when they wait (P-11)."""

from __future__ import annotations

from services.matching import policy
from services.matching.names import Names
from shared.application.table import Asked
from shared.kernel.clock import from_text
from shared.kernel.events import Data

_SHOWN = ("person_id", "role", "since", "expires_at")


def waiting(asked: Asked) -> Data:
    """Who has waited longest first. See `shared.contracts.matching_api.WaitingAnswer`."""
    params, reads, program_id = asked.params, asked.reads, policy.roster_of(asked)["id"]
    where = {"program_id": program_id, "status": "active", "current": 0}
    if "role" in params:
        where["role"] = params["role"]
    page = reads.page("signups", where, order="queue", cursor=params["cursor"], limit=params["limit"])
    proposed = reads.get_many("proposed", [one["id"] for one in page["items"]])
    names = Names(reads, [(program_id, one["person_id"]) for one in page["items"]])
    items = [
        {
            **{name: one[name] for name in _SHOWN},
            "name": names.of(program_id, one["person_id"]),
            "proposals": proposed.get(one["id"], {"times": 0})["times"],
            "days": (asked.now - from_text(one["since"])).days,
        }
        for one in page["items"]
    ]
    return {"items": items, "next": page["next"]}
