"""What conversations refuses, and how it says it. A blocked pair and any other ended one answer alike (BL-04)."""

from __future__ import annotations

from shared.kernel.errors import Refusal


class PairEnded(Refusal):
    slug = "pair-ended"
    sentence = "This pair has ended. What was shared can still be read, but nothing can be added."


class PairPaused(Refusal):
    slug = "pair-paused"
    sentence = "This pair is paused. Resume it to go on."


class CommitmentFirst(Refusal):
    slug = "commitment-first"
    sentence = "Both sides agree to the commitment before anything else."


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


class Restricted(Refusal):
    kind = "forbidden"
    slug = "restricted"
    sentence = "You cannot write for now. The statement that you were sent says why, for how long, and how to appeal."
