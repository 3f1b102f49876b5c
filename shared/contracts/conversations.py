"""Events of conversations: what passes between two people, sealed so that this service alone can open it."""

from __future__ import annotations

from shared.contracts.base import EventSchema, PairEvent, ident, internal, sealed, word

REACTIONS = ("like", "thanks", "celebrate", "heart", "laugh", "sad", "question")


class ConversationOpened(PairEvent):
    """The two may write to each other."""


class CommitmentConfirmed(PairEvent):
    """Both agreed to the commitment: from here on messages pass."""


class _MessageEvent(PairEvent):
    message_id = ident()
    sender_id = ident()


class MessageSent(_MessageEvent):
    """A chat message. `commitment` proves later what was said without saying it (EV-04)."""

    commitment = word()
    text = sealed("content", owner="sender_id", scope="pair_id")


class MessageEdited(_MessageEvent):
    """The sender changed the text."""

    commitment = word()
    text = sealed("content", owner="sender_id", scope="pair_id")


class MessageDeleted(_MessageEvent):
    """The sender took the message back."""


class ReactionAdded(_MessageEvent):
    """`by` reacted to a message."""

    by = ident()
    reaction = word(*REACTIONS)


class MessagesRead(PairEvent):
    """`by` has read up to and including a message."""

    by = ident()
    up_to = ident()


class PostShared(PairEvent):
    """A post in a step of the guide."""

    post_id = ident()
    step_id = word()
    by = ident()
    text = sealed("content", owner="by", scope="pair_id")


class CommentAdded(PairEvent):
    """A comment on a post."""

    post_id = ident()
    comment_id = ident()
    by = ident()
    text = sealed("content", owner="by", scope="pair_id")


class ConversationPaused(PairEvent):
    """Nothing passes for now: the pair rests, or is paused for review (`reason`: pair, review). Several reviews, each
    with its `review_id`, may pause it at a time, beside a rest of its own."""

    reason = word()
    review_id = ident(required=False, allow_none=True)


class ConversationResumed(PairEvent):
    """The rest, or the review named by `review_id`, is over. Messages pass again once none is left."""

    review_id = ident(required=False, allow_none=True)


class ConversationClosed(PairEvent):
    """Nothing passes any more. `reason`: ended or blocked; both look the same from outside.

    A block closes before the pair ends, any other end after it: so people are told by PairEnded alone (BL-04).
    """

    audience = ()
    reason = word("ended", "blocked")


class BlockRequested(EventSchema):
    """One person blocked another: appended to the couple's own stream, so that nothing can follow it (BL-01)."""

    blocker_id = ident()
    blocked_id = ident()


class UnblockRequested(EventSchema):
    """The blocker took the block back. Nothing reopens (BL-09)."""

    blocker_id = ident()
    blocked_id = ident()


class EvidenceDisclosed(EventSchema):
    """A participant's report disclosed a message and at most five before and after it (EV-03).

    `evidence` is encrypted to the public key of the case (JWE, ECDH-ES); only trust_safety can open it.
    """

    case_id = ident()
    report_id = ident()
    pair_id = ident()
    message_id = ident()
    reporter_id = ident()
    subject_id = ident()
    message_ids = internal()
    evidence = internal()
