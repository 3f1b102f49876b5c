"""All that passes between two people, in one stream: so a block and a message are ordered, whatever races (BL-01).

A couple may share several pairs (in different programs). Each pair has its own space; a block closes all of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from services.conversations.domain import errors
from shared.kernel.errors import NotFound
from shared.kernel.events import Aggregate, Data, Event, NewEvent, Occasion
from shared.kernel.pairs import (
    CommitmentFirst,
    PairEnded,
    PairPaused,
    PausedForReview,
    may_take_part,
    may_write,
)

PAIR_FIELDS = ("pair_id", "program_id", "group_id", "mentor_id", "mentee_id")
WINDOW = 5
"""At most so many messages before and after a reported one are disclosed (EV-03)."""
MOST_EDITS = 20
"""Every version is evidence: with more of them a window would fit into no event, and nobody could report it."""
MOST_COMMENTS = 200
"""A post and its comments are one document of a view, which must stay storable."""


@dataclass(slots=True)
class Message:
    sender: str
    deleted: bool = False
    edits: int = 0


@dataclass(slots=True)
class Space:
    """What one pair shares. `order`: message ids as they came. `posts`: how many comments each has."""

    pair: Data
    status: str = "open"
    messages: dict[str, Message] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    posts: Counter[str] = field(default_factory=Counter)
    reactions: dict[tuple[str, str], str] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    disclosed: set[str] = field(default_factory=set)

    @property
    def sides(self) -> tuple[str, str]:
        return (self.pair["mentor_id"], self.pair["mentee_id"])


@dataclass
class Couple:
    """`blockers`: who of the two has blocked the other. `agreed`: the pairs whose sides agreed to the commitment.
    `reviews`: by pair, the reviews that pause it."""

    agreed: set[str] = field(default_factory=set)
    reviews: dict[str, set[str]] = field(default_factory=dict)
    spaces: dict[str, Space] = field(default_factory=dict)
    blockers: set[str] = field(default_factory=set)


def evolve(state: Couple, event: Event) -> Couple:
    data = event.data
    match event.type:
        case "BlockRequested":
            state.blockers.add(data["blocker_id"])
            return state
        case "UnblockRequested":
            state.blockers.discard(data["blocker_id"])
            return state
        case "CommitmentConfirmed":
            state.agreed.add(data["pair_id"])
            return state
        case "ConversationOpened":
            state.spaces[data["pair_id"]] = Space({name: data[name] for name in PAIR_FIELDS})
            return state
        case "ConversationPaused" | "ConversationResumed" if data.get("review_id"):
            _evolve_reviews(state.reviews.setdefault(data["pair_id"], set()), event)
            return state
    _evolve_space(state.spaces[data["pair_id"]], event.type, data)
    return state


def _evolve_reviews(reviews: set[str], event: Event) -> None:
    if event.type == "ConversationPaused":
        reviews.add(event.data["review_id"])
    else:
        reviews.discard(event.data["review_id"])


def _evolve_space(space: Space, kind: str, data: Data) -> None:
    match kind:
        case "MessageSent":
            space.messages[data["message_id"]] = Message(data["sender_id"])
            space.order.append(data["message_id"])
        case "MessageEdited":
            space.messages[data["message_id"]].edits += 1
        case "MessageDeleted":
            space.messages[data["message_id"]].deleted = True
        case "ReactionAdded":
            space.reactions[data["message_id"], data["by"]] = data["reaction"]
        case "MessagesRead":
            space.read[data["by"]] = data["up_to"]
        case "PostShared":
            space.posts[data["post_id"]] = 0
        case "CommentAdded":
            space.posts[data["post_id"]] += 1
        case "EvidenceDisclosed":
            space.disclosed.add(data["report_id"])
        case "ConversationPaused":
            space.status = "paused"
        case "ConversationResumed":
            space.status = "open"
        case "ConversationClosed":
            space.status = "ended"


COUPLE = Aggregate("couple", Couple, evolve)


def open_conversation(state: Couple, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """An introduction that comes after a block opens nothing that lasts (BL-07)."""
    if command["pair_id"] in state.spaces:
        return []
    pair = _pair(command)
    events = [NewEvent("ConversationOpened", pair)]
    if state.blockers:
        events.append(NewEvent("ConversationClosed", {**pair, "reason": "blocked"}))
    return events


def confirm_commitment(state: Couple, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Kept even where the introduction has not arrived yet: the two facts come from different services."""
    if command["pair_id"] in state.agreed:
        return []
    return [NewEvent("CommitmentConfirmed", _pair(command))]


def send_message(state: Couple, command: Data, occasion: Occasion) -> list[NewEvent]:
    """`occasion.facts`: `commitment`, which proves later what was said (EV-04), and `salt`, sealed beside the text."""
    space = _writable(state, command, occasion)
    told = {"message_id": command["message_id"], "sender_id": occasion.actor.id}
    return [_event(space, "MessageSent", **told, **_committed(command, occasion))]


def edit_message(state: Couple, command: Data, occasion: Occasion) -> list[NewEvent]:
    space = _writable(state, command, occasion)
    if _own(space, command["message_id"], occasion.actor.id).edits >= MOST_EDITS:
        raise errors.TooManyEdits
    told = {"message_id": command["message_id"], "sender_id": occasion.actor.id}
    return [_event(space, "MessageEdited", **told, **_committed(command, occasion))]


def delete_message(state: Couple, command: Data, occasion: Occasion) -> list[NewEvent]:
    space = _going_on(state, command)
    message = _message(space, command["message_id"])
    if message.sender != occasion.actor.id:
        raise errors.NotYours
    if message.deleted:
        return []
    return [_event(space, "MessageDeleted", message_id=command["message_id"], sender_id=message.sender)]


def react(state: Couple, command: Data, occasion: Occasion) -> list[NewEvent]:
    space = _writable(state, command, occasion)
    message_id, by, reaction = command["message_id"], occasion.actor.id, command["reaction"]
    message = _message(space, message_id)
    if message.deleted:
        raise errors.Deleted
    if space.reactions.get((message_id, by)) == reaction:
        return []
    told = {"message_id": message_id, "sender_id": message.sender, "by": by, "reaction": reaction}
    return [_event(space, "ReactionAdded", **told)]


def mark_read(state: Couple, command: Data, occasion: Occasion) -> list[NewEvent]:
    """A marker never goes back. `occasion.facts`: the actor's `standing`, and that `of_the_other`."""
    space = _going_on(state, command)
    may_take_part(occasion.facts.get("standing"), occasion.facts.get("of_the_other"))
    _message(space, command["up_to"])
    by, already = occasion.actor.id, space.read.get(occasion.actor.id)
    if already and space.order.index(already) >= space.order.index(command["up_to"]):
        return []
    return [_event(space, "MessagesRead", by=by, up_to=command["up_to"])]


def share_post(state: Couple, command: Data, occasion: Occasion) -> list[NewEvent]:
    space = _writable(state, command, occasion)
    told = {"post_id": occasion.id("post"), "step_id": command["step_id"], "by": occasion.actor.id}
    return [_event(space, "PostShared", **told, text=command["text"])]


def add_comment(state: Couple, command: Data, occasion: Occasion) -> list[NewEvent]:
    space = _writable(state, command, occasion)
    if command["post_id"] not in space.posts:
        raise errors.UnknownPost
    if space.posts[command["post_id"]] >= MOST_COMMENTS:
        raise errors.TooManyComments
    told = {"post_id": command["post_id"], "comment_id": occasion.id("comment"), "by": occasion.actor.id}
    return [_event(space, "CommentAdded", **told, text=command["text"])]


def block_person(state: Couple, command: Data, occasion: Occasion) -> list[NewEvent]:
    """One commit: the block, and the end of every open space of the two. Nothing can come in between."""
    me, other = occasion.actor.id, command["person_id"]
    if me == other:
        raise errors.NotYourself
    if me in state.blockers:
        return []
    closed = [space for space in state.spaces.values() if space.status != "ended"]
    return [
        NewEvent("BlockRequested", {"blocker_id": me, "blocked_id": other}),
        *(_event(space, "ConversationClosed", reason="blocked") for space in closed),
    ]


def unblock_person(state: Couple, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Reopens nothing (BL-09)."""
    if occasion.actor.id not in state.blockers:
        return []
    return [NewEvent("UnblockRequested", {"blocker_id": occasion.actor.id, "blocked_id": command["person_id"]})]


def pause_conversation(state: Couple, command: Data, _occasion: Occasion) -> list[NewEvent]:
    space = state.spaces.get(command["pair_id"])
    return [_event(space, "ConversationPaused", reason="pair")] if space and space.status == "open" else []


def resume_conversation(state: Couple, command: Data, _occasion: Occasion) -> list[NewEvent]:
    space = state.spaces.get(command["pair_id"])
    return [_event(space, "ConversationResumed")] if space and space.status == "paused" else []


def hold_conversation(state: Couple, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """An urgent report pauses the pair, whatever else the two do with it, until its case lets it go (TS-22).

    Kept even where the introduction has not arrived yet."""
    space = state.spaces.get(command["pair_id"])
    if command["review_id"] in state.reviews.get(command["pair_id"], ()) or (space and space.status == "ended"):
        return []
    return [NewEvent("ConversationPaused", {**_pair(command), "reason": "review", "review_id": command["review_id"]})]


def release_conversation(state: Couple, command: Data, _occasion: Occasion) -> list[NewEvent]:
    space = state.spaces.get(command["pair_id"])
    if command["review_id"] not in state.reviews.get(command["pair_id"], ()) or (space and space.status == "ended"):
        return []
    return [NewEvent("ConversationResumed", {**_pair(command), "review_id": command["review_id"]})]


def close_conversation(state: Couple, command: Data, _occasion: Occasion) -> list[NewEvent]:
    space = state.spaces.get(command["pair_id"])
    return [_event(space, "ConversationClosed", reason="ended")] if space and space.status != "ended" else []


def disclose_evidence(state: Couple, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Only a participant's report discloses, only the window, and only once (EV-02, EV-03).

    `occasion.facts`: `evidence`, the window encrypted to the case's key.
    """
    space = state.spaces.get(command["pair_id"])
    message = space.messages.get(command["message_id"]) if space else None
    if space is None or message is None or command["reporter_id"] not in space.sides:
        return []
    if command["report_id"] in space.disclosed:
        return []
    return [
        NewEvent(
            "EvidenceDisclosed",
            {
                "case_id": command["case_id"],
                "report_id": command["report_id"],
                "pair_id": command["pair_id"],
                "message_id": command["message_id"],
                "reporter_id": command["reporter_id"],
                "subject_id": message.sender,
                "message_ids": window(space, command["message_id"]),
                "evidence": occasion.facts["evidence"],
            },
        )
    ]


def window(space: Space, message_id: str) -> list[str]:
    """The ids of a message and of at most five before and five after it."""
    place = space.order.index(message_id)
    return space.order[max(0, place - WINDOW) : place + WINDOW + 1]


def _committed(command: Data, occasion: Occasion) -> Data:
    text = {"text": command["text"], "salt": occasion.facts["salt"]}
    return {"commitment": occasion.facts["commitment"], "text": text}


def _event(space: Space, kind: str, **fields: object) -> NewEvent:
    return NewEvent(kind, {**space.pair, **fields})


def _pair(command: Data) -> Data:
    return {name: command[name] for name in PAIR_FIELDS}


def _going_on(state: Couple, command: Data) -> Space:
    """The space of a pair to which something may be added."""
    space = state.spaces.get(command["pair_id"])
    if space is None:
        raise NotFound
    if space.status == "ended" or state.blockers:
        raise PairEnded
    if state.reviews.get(command["pair_id"]):
        raise PausedForReview
    if space.status == "paused":
        raise PairPaused
    if command["pair_id"] not in state.agreed:
        raise CommitmentFirst
    return space


def _writable(state: Couple, command: Data, occasion: Occasion) -> Space:
    """Like `_going_on`, for what a restricted person may not do (TS-15). `occasion.facts`: their `standing`, and that
    `of_the_other`."""
    space = _going_on(state, command)
    may_take_part(occasion.facts.get("standing"), occasion.facts.get("of_the_other"))
    may_write(occasion.facts.get("standing"), occasion.now)
    return space


def _message(space: Space, message_id: str) -> Message:
    found = space.messages.get(message_id)
    if found is None:
        raise errors.UnknownMessage
    return found


def _own(space: Space, message_id: str, person: str) -> Message:
    message = _message(space, message_id)
    if message.sender != person:
        raise errors.NotYours
    if message.deleted:
        raise errors.Deleted
    return message
