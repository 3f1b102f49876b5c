"""Commands, questions and answers of conversations."""

from __future__ import annotations

from marshmallow import Schema, fields

from shared.contracts.base import Page, Strict, given_ident, ident, internal, slug, text, word
from shared.contracts.conversations import REACTIONS

MESSAGE_LENGTH = 4000
POST_LENGTH = 8000


class OfPair(Strict):
    pair_id = ident()


class SendMessage(OfPair):
    text = text(MESSAGE_LENGTH)


class OfMessage(OfPair):
    message_id = ident()


class EditMessage(OfMessage):
    text = text(MESSAGE_LENGTH)


class React(OfMessage):
    reaction = word(*REACTIONS)


class MarkRead(OfPair):
    up_to = ident()


class SharePost(OfPair):
    step_id = slug()
    text = text(POST_LENGTH)


class AddComment(OfPair):
    post_id = ident()
    text = text(MESSAGE_LENGTH)


class OfPerson(Strict):
    person_id = given_ident()


class OpenConversation(OfPair):
    """The service's own: what PairIntroduced says."""

    program_id = ident()
    group_id = ident()
    mentor_id = ident()
    mentee_id = ident()


class ReviewConversation(OpenConversation):
    """The service's own: what PairHeld and PairReleased say."""

    review_id = ident()


class DiscloseEvidence(OfPair):
    """The service's own: what ReportFiled says of a message."""

    case_id = ident()
    report_id = ident()
    message_id = ident()
    reporter_id = ident()
    evidence_key = internal()


class PageOfPair(OfPair, Page):
    pass


class PageOfStep(PageOfPair):
    step_id = slug()


class MyBlocks(Page):
    pass


class MessageMade(Schema):
    pair_id = fields.String()
    message_id = fields.String()
    program_id = fields.String()
    group_id = fields.String()
    mentor_id = fields.String()
    mentee_id = fields.String()
    sender_id = fields.String()


class PostMade(Schema):
    pair_id = fields.String()
    post_id = fields.String()
    comment_id = fields.String()
    step_id = fields.String()
    program_id = fields.String()
    group_id = fields.String()
    mentor_id = fields.String()
    mentee_id = fields.String()


class BlockMade(Schema):
    blocker_id = fields.String()
    blocked_id = fields.String()


class Message(Schema):
    message_id = fields.String(required=True)
    sender_id = fields.String(required=True)
    text = fields.String(allow_none=True, required=True, metadata={"description": "null once deleted"})
    sent_at = fields.String(required=True)
    edited_at = fields.String(allow_none=True, required=True)
    deleted = fields.Boolean(required=True)
    reactions = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, metadata={"description": "person id to reaction"}
    )


class Messages(Schema):
    items = fields.List(fields.Nested(Message), required=True, metadata={"description": "newest first"})
    next = fields.Raw(allow_none=True, required=True)
    read_up_to = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "person id to the last message read"},
    )
    status = fields.String(required=True, metadata={"description": "open, paused, paused-for-review or ended"})


class Comment(Schema):
    comment_id = fields.String(required=True)
    by = fields.String(required=True)
    text = fields.String(required=True)
    at = fields.String(required=True)


class Post(Schema):
    post_id = fields.String(required=True)
    step_id = fields.String(required=True)
    by = fields.String(required=True)
    text = fields.String(required=True)
    at = fields.String(required=True)
    comments = fields.List(fields.Nested(Comment), required=True)


class Posts(Schema):
    items = fields.List(fields.Nested(Post), required=True, metadata={"description": "newest first"})
    next = fields.Raw(allow_none=True, required=True)


class Block(Schema):
    person_id = fields.String(required=True)
    blocked_at = fields.String(required=True)


class Blocks(Schema):
    items = fields.List(fields.Nested(Block), required=True)
    next = fields.Raw(allow_none=True, required=True)
