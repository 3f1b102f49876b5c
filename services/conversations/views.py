"""Read models of conversations: spaces, messages, posts with their comments, one's blocks, people's standing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.conversations.domain.couple import PAIR_FIELDS
from shared.kernel.events import Event
from shared.privacy.sealing import reference
from shared.views.changes import Change, amend, amend_existing, put, remove

INDEXES = [
    ("messages", ["pair_id", "order"]),
    ("posts", ["pair_id", "step_id", "order"]),
    ("blocks", ["blocker_id", "order"]),
]


def opened(event: Event) -> Sequence[Change]:
    pair = {name: event.data[name] for name in PAIR_FIELDS if name != "pair_id"}
    return [put("spaces", event.data["pair_id"], **pair, status="open")]


def moved(event: Event) -> Sequence[Change]:
    pair_id, review = event.data["pair_id"], event.data.get("review_id")
    if review:
        kept = {"reviews": review}
        begun = event.type == "ConversationPaused"
        return [amend("spaces", pair_id, add=kept) if begun else amend("spaces", pair_id, pull=kept)]
    status = {"ConversationPaused": "paused", "ConversationResumed": "open", "ConversationClosed": "ended"}[event.type]
    return [put("spaces", pair_id, status=status)]


def sent(event: Event) -> Sequence[Change]:
    data = event.data
    return [
        put(
            "messages",
            data["message_id"],
            pair_id=data["pair_id"],
            sender_id=data["sender_id"],
            order=_order(event),
            sent_at=event.recorded_at,
            edited_at=None,
            deleted=False,
            versions=[_version(event)],
        )
    ]


def edited(event: Event) -> Sequence[Change]:
    at, version = {"edited_at": event.recorded_at}, {"versions": _version(event)}
    return [amend_existing("messages", event.data["message_id"], set=at, push=version)]


def deleted(event: Event) -> Sequence[Change]:
    return [amend_existing("messages", event.data["message_id"], set={"deleted": True})]


def reacted(event: Event) -> Sequence[Change]:
    """A list of pairs, since a person's id may hold characters that a field name may not."""
    by, message_id = event.data["by"], event.data["message_id"]
    reaction = {"by": by, "reaction": event.data["reaction"]}
    return [
        amend_existing("messages", message_id, pull={"reactions": {"by": by}}),
        amend_existing("messages", message_id, push={"reactions": reaction}),
    ]


def read(event: Event) -> Sequence[Change]:
    side = "mentor" if event.data["by"] == event.data["mentor_id"] else "mentee"
    return [amend("spaces", event.data["pair_id"], set={f"read.{side}": event.data["up_to"]})]


def shared_post(event: Event) -> Sequence[Change]:
    data = event.data
    told = {name: data[name] for name in ("pair_id", "step_id", "by")}
    post = {**told, "text": reference(event, "text"), "at": event.recorded_at, "order": _order(event), "comments": []}
    return [put("posts", data["post_id"], **post)]


def commented(event: Event) -> Sequence[Change]:
    comment = {
        "comment_id": event.data["comment_id"],
        "by": event.data["by"],
        "text": reference(event, "text"),
        "at": event.recorded_at,
    }
    return [amend_existing("posts", event.data["post_id"], push={"comments": comment})]


def blocked(event: Event) -> Sequence[Change]:
    data = event.data
    told = {"blocker_id": data["blocker_id"], "blocked_id": data["blocked_id"], "order": _order(event)}
    return [put("blocks", _block_id(event), **told, blocked_at=event.recorded_at)]


def unblocked(event: Event) -> Sequence[Change]:
    return [remove("blocks", _block_id(event))]


def sanctioned(event: Event) -> Sequence[Change]:
    """What stands from now on."""
    return [put("standing", event.data["person_id"], until=event.data.get("until"))]


def reinstated(event: Event) -> Sequence[Change]:
    """What stood is over; what is said of their age is another matter."""
    return [put("standing", event.data["person_id"], until=event.recorded_at)]


def age_disputed(event: Event) -> Sequence[Change]:
    return [put("standing", event.data["person_id"], age_disputed=event.type == "AgeDisputed")]


def _version(event: Event) -> dict[str, Any]:
    text = {"text": reference(event, "text"), "commitment": event.data["commitment"]}
    return {**text, "at": event.recorded_at}


def _order(event: Event) -> str:
    """Ascending with the log of the couple, and no two alike: messages of a pair are all in one stream."""
    return f"{event.seq:012d}.{event.index:03d}"


def _block_id(event: Event) -> str:
    return f"{event.data['blocker_id']}\x1f{event.data['blocked_id']}"


VIEWS = {
    "conversations.ConversationOpened": opened,
    "conversations.ConversationPaused": moved,
    "conversations.ConversationResumed": moved,
    "conversations.ConversationClosed": moved,
    "conversations.MessageSent": sent,
    "conversations.MessageEdited": edited,
    "conversations.MessageDeleted": deleted,
    "conversations.ReactionAdded": reacted,
    "conversations.MessagesRead": read,
    "conversations.PostShared": shared_post,
    "conversations.CommentAdded": commented,
    "conversations.BlockRequested": blocked,
    "conversations.UnblockRequested": unblocked,
    "trust_safety.PersonRestricted": sanctioned,
    "trust_safety.PersonSuspended": sanctioned,
    "trust_safety.PersonReinstated": reinstated,
    "trust_safety.AgeDisputed": age_disputed,
    "trust_safety.AgeConfirmed": age_disputed,
    "trust_safety.AgeReset": age_disputed,
}
