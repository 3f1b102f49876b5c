"""The last look before a mail goes out: does it still hold? (NO-03)"""

from __future__ import annotations

from datetime import datetime

from services.notifications.domain.kinds import CRITICAL, IMMEDIATE, OF_A_LIVING_PAIR, mode
from services.notifications.views import block_id
from shared.application.table import Reads
from shared.kernel.clock import to_text
from shared.kernel.events import Data
from shared.kernel.pairs import couple_of


def why_not(reads: Reads, intent: Data, now: datetime) -> str | None:
    """Why an intent of the outbox must not be sent any more, or None."""
    entry = reads.get("inbox", intent["notification_id"])
    if entry is None or entry["read"]:
        return "read"
    if intent["kind"] in CRITICAL:
        return None
    person_id, about = intent["person_id"], intent["about"]
    people = [person_id, *(about[name] for name in ("by", "sender_id") if name in about)]
    if any(_is_suspended(reads, one, now) for one in people):
        return "suspended"
    if _is_switched_off(reads, intent):
        return "switched-off"
    if "message_id" in about and reads.get("deleted", about["message_id"]):
        return "deleted"
    return _about_the_pair(reads, intent) if "pair_id" in about else None


def _is_suspended(reads: Reads, person_id: str, now: datetime) -> bool:
    standing = reads.get("standing", person_id)
    if standing is None or not standing["suspended"]:
        return False
    return standing["until"] is None or bool(standing["until"] > to_text(now))


def _is_switched_off(reads: Reads, intent: Data) -> bool:
    found = reads.get("preferences", intent["person_id"])
    return mode(found["choices"] if found else {}, intent["kind"], intent["channel"]) != IMMEDIATE


def _about_the_pair(reads: Reads, intent: Data) -> str | None:
    pair = intent["about"]["pair_id"]
    if reads.get("blocks", block_id(couple_of(pair), intent["person_id"])):
        return "blocked"
    if intent["kind"] not in OF_A_LIVING_PAIR:
        return None
    found = reads.get("pairs", pair)
    return "pair-ended" if found and (found.get("ended") or found.get("closed")) else None
