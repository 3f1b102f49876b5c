"""What conversations alone refuses, and how it says it; what it shares with journeys is in `shared.kernel.pairs`."""

from __future__ import annotations

from shared.kernel.errors import Refusal


class UnknownMessage(Refusal):
    kind = "not-found"
    slug = "unknown-message"
    sentence = "There is no such message in this conversation."


class UnknownPost(Refusal):
    kind = "not-found"
    slug = "unknown-post"
    sentence = "There is no such post in this conversation."


class NotYours(Refusal):
    kind = "forbidden"
    slug = "not-your-message"
    sentence = "Only the one who wrote a message can change it."


class Deleted(Refusal):
    slug = "message-deleted"
    sentence = "This message was deleted."


class TooManyEdits(Refusal):
    slug = "too-many-edits"
    sentence = "This message was changed too often to be changed again. Write a new one."


class TooManyComments(Refusal):
    slug = "too-many-comments"
    sentence = "This post has as many comments as it can take. Share a new one."


class NotYourself(Refusal):
    kind = "invalid"
    slug = "not-yourself"
    sentence = "You cannot block yourself."
