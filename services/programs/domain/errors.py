"""What programs and journeys refuse, and how they say it."""

from __future__ import annotations

from shared.kernel.errors import Refusal


class UnknownTemplate(Refusal):
    kind = "invalid"
    slug = "unknown-template"
    sentence = "There is no template with this id. GET /v1/templates lists those there are."


class UnfitGuide(Refusal):
    kind = "invalid"
    slug = "unfit-guide"
    sentence = (
        "A guide needs steps with different ids, weeks that never go back, and exactly one closing step, the last."
    )


class UnfitQuestions(Refusal):
    """`errors` names the questions, as for any other field."""

    kind = "invalid"
    slug = "unfit-questions"
    sentence = "Some questions cannot be asked or compared as they are."


class NotADraft(Refusal):
    slug = "program-already-open"
    sentence = "This program has been opened before."


class NotOpen(Refusal):
    slug = "program-not-open"
    sentence = "This program is not open."


class Archived(Refusal):
    slug = "program-archived"
    sentence = "This program is archived and can only be read."


class StillOpen(Refusal):
    slug = "program-still-open"
    sentence = "Close the program before you archive it."


class UnknownStep(Refusal):
    kind = "not-found"
    slug = "unknown-step"
    sentence = "The guide of this pair has no such step."


class StepOutOfOrder(Refusal):
    slug = "step-out-of-order"
    sentence = "Steps are done in order. Do or skip the current step first."


class StepAlreadyDone(Refusal):
    slug = "step-already-done"
    sentence = "You have done your part of this step already."


class ClosingStepStays(Refusal):
    slug = "closing-step-stays"
    sentence = "The closing step cannot be skipped; end the pair instead if you want to stop here."


class AlreadyCheckedIn(Refusal):
    slug = "already-checked-in"
    sentence = "You have checked in for this week already."


class TooMany(Refusal):
    slug = "too-many"
    sentence = "This pair has as many of these as it can take."


class AlreadyGiven(Refusal):
    slug = "feedback-already-given"
    sentence = "You have given your feedback already."


class NotYetOver(Refusal):
    slug = "journey-not-over"
    sentence = "Feedback is asked for once the closing step is done or the pair has ended."
