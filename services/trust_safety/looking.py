"""Looking at a case: who may, and that it is on record before a byte is shown (TS-23)."""

from __future__ import annotations

from services.trust_safety import policy
from services.trust_safety.apart import Parties
from services.trust_safety.domain.looks import Looks
from shared.application.table import Reads
from shared.kernel.errors import NotFound
from shared.kernel.events import Data, NewEvent, Occasion


def look_facts(reads: Reads, _looks: Looks, command: Data) -> Data:
    """`case`: as the view has it, or None; its `parties` for who looks."""
    found = reads.get("cases", command["case_id"])
    return {"case": found, "parties": Parties.of(reads, found, command["actor_id"]) if found else None}


def view_case(looks: Looks, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Raises NotFound, ConflictOfInterest, also while a look goes on."""
    actor, found = occasion.actor, occasion.facts["case"]
    if found is None:
        raise NotFound
    queue = policy.see(actor, found, occasion.facts["parties"])
    if looks.goes_on(actor.id, occasion.now):
        return []
    place = {"case_id": command["case_id"], "queue": queue, "group_id": found["group_id"]}
    return [NewEvent("CaseViewed", {**place, "by": actor.id})]
