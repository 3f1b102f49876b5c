"""What an erasure leaves because a case needs it (PR-10): evidence has keys of its own; this names the cases."""

from __future__ import annotations

from services.trust_safety import policy
from shared.application.table import Asked, Reads
from shared.contracts.base import Strict, ident
from shared.contracts.trust_safety import CONCERN_NOBODY
from shared.kernel.clock import to_text
from shared.kernel.events import Data


class Holds(Strict):
    person_id = ident()


def holds(asked: Asked) -> Data:
    """The cases that still keep something and in which the person has a part, as reporter or as who is concerned.

    `may_be_told` is false where the person must not learn that there is a case.
    """
    policy.gateway(asked.actor)
    person_id, now = asked.params["person_id"], to_text(asked.now)
    found = asked.reads.find("cases", {"people": person_id})
    return {
        "items": [
            {
                "case_id": case["id"],
                "why": why,
                "until": case.get("evidence_until") if why == "evidence-kept" else None,
                "may_be_told": person_id in case.get("reporters", ()) or _was_told(asked.reads, case, person_id),
            }
            for case in found
            if (why := _why(case, now))
        ]
    }


def _why(case: Data, now: str) -> str | None:
    if case["status"] != "closed":
        return "open-case"
    if case.get("open_appeals", 0) > 0:
        return "pending-appeal"
    return "evidence-kept" if (case.get("evidence_until") or "") > now else None


def _was_told(reads: Reads, case: Data, person_id: str) -> bool:
    actions = reads.find("actions", {"case_id": case["id"], "subject_id": person_id})
    return any(action["action"] not in CONCERN_NOBODY for action in actions)
