"""What people meet when they cannot do something here."""

from __future__ import annotations

from shared.kernel.errors import Forbidden, Invalid, Refusal


class NotYourself(Invalid):
    slug = "not-yourself"
    sentence = "You cannot report yourself or your own message."


class TextNeeded(Invalid):
    slug = "text-needed"
    sentence = "Please say in a few words what happened: the reason “other” does not tell."


class TooManyReports(Refusal):
    """TS-32: who needs help is told how to get it all the same."""

    kind = "too-many"
    slug = "too-many-reports"
    sentence = (
        "You have filed 20 reports in 24 hours, which is as many as one person can. Reports of violence or self-harm "
        "are always taken, and you can block a person at any time. You can also turn to the admins of your group, and "
        "in danger to the emergency services."
    )


class ConflictOfInterest(Forbidden):
    slug = "conflict-of-interest"
    sentence = "You are involved in this case, so somebody else has to handle it."


class CaseIsClosed(Refusal):
    slug = "case-is-closed"
    sentence = "This case is closed. Only a note or a reinstatement can be added to it."


class AlreadyEscalated(Refusal):
    slug = "already-escalated"
    sentence = "This case is escalated already; from here it can only be closed."


class TakeItFirst(Refusal):
    slug = "take-it-first"
    sentence = "Assign this case, or the appeal that you decide, to yourself first; an assignment lasts 12 hours."


class AssignedToAnother(Refusal):
    slug = "assigned-to-another"
    sentence = "Somebody else is working on this. It becomes free when they finish or their 12 hours are over."


class ReasonsNeeded(Invalid):
    """TS-13: the statement of reasons is made from these."""

    slug = "reasons-needed"
    sentence = "This action needs at least one policy, a rationale for colleagues and a message to the person."


class NoteNeedsText(Invalid):
    slug = "note-needs-text"
    sentence = "A note needs its text in `rationale`."


class NobodyConcerned(Refusal):
    slug = "nobody-concerned"
    sentence = "This case is about no single person, so it can only be noted or dismissed."


class NoProgramConcerned(Refusal):
    slug = "no-program-concerned"
    sentence = "This case is about no single program, so there is none to remove the person from."


class EndIsPast(Invalid):
    slug = "end-is-past"
    sentence = "`until` has to be in the future."


class EndNeeded(Invalid):
    slug = "end-needed"
    sentence = "A suspension is for a time and needs `until`; what has no end is a ban."


class BanHasNoEnd(Invalid):
    slug = "ban-has-no-end"
    sentence = "A ban has no end; use `suspend` with `until` instead."


class NoEndHere(Invalid):
    slug = "no-end-here"
    sentence = "This action does not last, so it takes no `until`."


class NothingIsHeld(Refusal):
    slug = "nothing-is-held"
    sentence = "This case pauses no pair, so there is none to let go."


class NothingToLift(Refusal):
    slug = "nothing-to-lift"
    sentence = "`action_id` is for `reinstate`, and names a sanction that this case imposed on this person."


class OutcomeContradicts(Refusal):
    """TS-18: no reporter is told something else than what was done."""

    slug = "outcome-contradicts"
    sentence = "This outcome contradicts the actions that were taken. Leave `outcome` out, and it follows from them."


class AgeUnanswered(Refusal):
    """PR-18: nobody stays paused because a case was closed."""

    slug = "age-unanswered"
    sentence = (
        "Somebody said that this person may be under 18, which pauses them. Confirm that they are an adult, or suspend "
        "or remove them; then the case can be closed."
    )


class AppealTooLate(Refusal):
    slug = "appeal-too-late"
    sentence = "The time in which this action could be appealed is over; your statement says when it ended."


class AlreadyAppealed(Refusal):
    slug = "already-appealed"
    sentence = "You have appealed this action already."


class AppealDecidedAlready(Refusal):
    slug = "appeal-decided"
    sentence = "This appeal is decided already."


class NothingToReduce(Refusal):
    slug = "nothing-to-reduce"
    sentence = "This action does not last, so it cannot be reduced. Uphold or withdraw it."


class MessageNeeded(Invalid):
    slug = "message-needed"
    sentence = "Please say in `message` why you decided so: the person who appealed reads it."


class NeedsAnotherModerator(Forbidden):
    """TS-19: nobody judges their own decision."""

    slug = "needs-another-moderator"
    sentence = "You took this action yourself, so another moderator has to decide the appeal."
