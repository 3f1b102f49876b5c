"""What matching refuses, by name. A sentence never tells who wished for it."""

from __future__ import annotations

from shared.kernel.errors import Forbidden, NotFound, Refusal


class ProgramNotOpen(Refusal):
    slug = "program-not-open"
    sentence = "This program takes no sign-ups and no new pairs now."


class AlreadySignedUp(Refusal):
    slug = "already-signed-up"
    sentence = "You are signed up for this program already. Change or withdraw your sign-up instead."


class RemovedFromProgram(Forbidden):
    slug = "removed-from-program"
    sentence = "You were removed from this program and cannot sign up for it."


class NotSignedUp(Refusal):
    slug = "not-signed-up"
    sentence = "That person is not signed up for this program."


class StillPaired(Refusal):
    slug = "still-paired"
    sentence = "This person has a pair or a draft in this program. End it first, then remove the sign-up."


class WrongRole(Refusal):
    slug = "wrong-role"
    sentence = "A pair takes one who signed up as mentor and one who signed up as mentee."


class SelfPairing(Refusal):
    kind = "invalid"
    slug = "self-pairing"
    sentence = "Nobody can be their own mentor. Choose two people."


class UnfitReply(Refusal):
    """`errors` names the questions, as for any other field; what was replied is never repeated in it."""

    kind = "invalid"
    slug = "unfit-reply"
    sentence = "Some replies do not fit the questions of this program."


class SignupResting(Refusal):
    slug = "signup-paused"
    sentence = "One of the two has paused their sign-up. Try again when they have resumed it."


class NotAvailable(Refusal):
    slug = "person-not-available"
    sentence = "One of the two cannot be paired at the moment."


class MenteeTaken(Refusal):
    slug = "mentee-already-paired"
    sentence = "This mentee has a mentor in this program already."


class MentorFull(Refusal):
    slug = "mentor-at-capacity"
    sentence = "This mentor has no place free in this program."


class MentorBusy(Refusal):
    slug = "mentor-busy-elsewhere"
    sentence = "This mentor has as many mentees over all programs as a mentor may have here."


class StillResting(Refusal):
    slug = "resting-after-a-pair"
    sentence = "One of the two has just come out of a pair. Try again when the pause that this program gives is over."


class FormerPair(Refusal):
    slug = "former-pair"
    sentence = "These two were a pair in this program before."


class NotToBePaired(Refusal):
    """A block or a private wish: the two look alike, so that neither can be told from the other (BL-06)."""

    slug = "not-to-be-paired"
    sentence = "These two cannot be paired. Please choose somebody else."


class NoSharedLanguage(Refusal):
    slug = "no-shared-language"
    sentence = "These two have no language in common, which this program asks for."


class TooFarApart(Refusal):
    slug = "time-zones-too-far-apart"
    sentence = "Their time zones are further apart than this program allows."


class TooFewHours(Refusal):
    slug = "too-few-hours-in-common"
    sentence = "They have fewer hours a week in common than this program asks for."


class Disagree(Refusal):
    slug = "program-rule"
    sentence = "Their replies do not agree on a question by which this program pairs people."


class AlreadyIntroduced(Refusal):
    slug = "already-introduced"
    sentence = "These two know of each other already."


class NotIntroduced(Refusal):
    slug = "pair-not-introduced"
    sentence = "These two have not been introduced yet."


class PairOver(Refusal):
    slug = "pair-ended"
    sentence = "This pair is over."


class PairResting(Refusal):
    slug = "pair-paused"
    sentence = "This pair is paused already."


class PairNotResting(Refusal):
    slug = "pair-not-paused"
    sentence = "This pair is not paused."


class UnknownRun(NotFound):
    slug = "unknown-run"
    sentence = "There is no such run of recommendations, or it is too old. Ask for a new one."


class RunExpired(Refusal):
    slug = "run-expired"
    sentence = "These recommendations are too old: much may have changed since. Ask for new ones."


class NotProposed(Refusal):
    slug = "pair-not-proposed"
    sentence = "This run does not propose these two as a pair, so they cannot be taken out of it."


class UnknownBatch(NotFound):
    slug = "unknown-batch"
    sentence = "There is no such batch of pairs in this program."


class TooManyAtOnce(Refusal):
    kind = "invalid"
    slug = "too-many-at-once"
    sentence = "At most 1,000 pairs are made at once. Name those that come first, then the next."
