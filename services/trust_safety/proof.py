"""Is what a report disclosed what was said? The log's commitments tell, and in which order they stand in it (EV-04)."""

from __future__ import annotations

from collections.abc import Sequence

from services.trust_safety.evidence import commitment_of
from shared.application.table import Reads
from shared.kernel.events import Data

WINDOW = 5
"""Messages before and after the reported one, as conversations discloses them (EV-03)."""


def proven(reads: Reads, item: Data, messages: Sequence[Data]) -> list[Data]:
    """The messages of one report's evidence, each with `verified`: whether up to the disclosure the log holds these

    versions of it, and these messages around the reported one, and no others between. `item` is the view's document.
    """
    ids = [str(message.get("message_id")) for message in messages]
    known = reads.get_many("messages", ids)
    whole = ids == item["message_ids"] and _is_a_run(reads, ids, known, item["message_id"])
    return [
        {**message, "verified": whole and _is_said(message, known[id], item["order"])}
        for id, message in zip(ids, messages, strict=True)
    ]


def _is_a_run(reads: Reads, ids: Sequence[str], known: dict[str, Data], reported: str) -> bool:
    """Around the reported message, in the order of the log, with nothing left out in between."""
    if len(known) < len(ids) or reported not in ids:
        return False
    place = ids.index(reported)
    if place > WINDOW or len(ids) - place - 1 > WINDOW:
        return False
    between = {"$gte": known[ids[0]]["order"], "$lte": known[ids[-1]]["order"]}
    where = {"pair_id": known[reported]["pair_id"], "order": between}
    found = reads.find("messages", where, order="order", limit=len(ids) + 1)
    return [message["id"] for message in found] == list(ids)


def _is_said(message: Data, known: Data, disclosed: str) -> bool:
    """By this sender, in these versions: all that there were when it was disclosed, in their order."""
    stood = [version["commitment"] for version in known["versions"] if version["order"] < disclosed]
    try:
        shown = [commitment_of(message, version) for version in message["versions"]]
    except (KeyError, TypeError):
        return False
    return message.get("sender_id") == known["sender_id"] and bool(stood) and shown == stood
