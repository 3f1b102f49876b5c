"""Questions to conversations: read models → answers. Only the two of a pair read it, also after its end (BL-05)."""

from __future__ import annotations

from typing import Any

from shared.application.table import Asked, Query, Reads
from shared.contracts import conversations_api as api
from shared.kernel.errors import NotFound
from shared.kernel.events import Data


def messages(asked: Asked) -> Data:
    """Newest first."""
    space, params = _space(asked), asked.params
    page = asked.reads.page(
        "messages", {"pair_id": space["id"]}, order="-order", cursor=params["cursor"], limit=params["limit"]
    )
    marks = space.get("read", {})
    sides = {"mentor": space["mentor_id"], "mentee": space["mentee_id"]}
    return {
        "items": [_message(asked.reads, one) for one in page["items"]],
        "next": page["next"],
        "read_up_to": {sides[side]: up_to for side, up_to in marks.items()},
        "status": "paused-for-review" if space.get("reviews") and space["status"] != "ended" else space["status"],
    }


def posts(asked: Asked) -> Data:
    """Newest first, each with its comments, oldest first."""
    space, params, reads = _space(asked), asked.params, asked.reads
    where = {"pair_id": space["id"], "step_id": params["step_id"]}
    page = reads.page("posts", where, order="-order", cursor=params["cursor"], limit=params["limit"])
    items = [
        {
            "post_id": one["id"],
            "step_id": one["step_id"],
            "by": one["by"],
            "text": reads.open(one["text"]),
            "at": one["at"],
            "comments": [{**comment, "text": reads.open(comment["text"])} for comment in one["comments"]],
        }
        for one in page["items"]
    ]
    return {"items": items, "next": page["next"]}


def my_blocks(asked: Asked) -> Data:
    params = asked.params
    where = {"blocker_id": asked.actor.id}
    page = asked.reads.page("blocks", where, order="order", cursor=params["cursor"], limit=params["limit"])
    items = [{"person_id": one["blocked_id"], "blocked_at": one["blocked_at"]} for one in page["items"]]
    return {"items": items, "next": page["next"]}


def _space(asked: Asked) -> Data:
    found = asked.reads.get("spaces", asked.params["pair_id"])
    if found is None or asked.actor.id not in (found.get("mentor_id"), found.get("mentee_id")):
        raise NotFound
    return found


def _message(reads: Reads, found: Data) -> Data:
    return {
        "message_id": found["id"],
        "sender_id": found["sender_id"],
        "text": None if found["deleted"] else _words(reads.open(found["versions"][-1]["text"])),
        "sent_at": found["sent_at"],
        "edited_at": found["edited_at"],
        "deleted": found["deleted"],
        "reactions": {one["by"]: one["reaction"] for one in found.get("reactions", [])},
    }


def _words(opened: Any) -> Any:
    """The text beside its salt; what was erased reads as such."""
    return opened["text"] if isinstance(opened, dict) else opened


QUERIES = {
    "messages": Query(api.PageOfPair(), messages),
    "posts": Query(api.PageOfStep(), posts),
    "my_blocks": Query(api.MyBlocks(), my_blocks),
}
