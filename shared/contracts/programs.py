"""Events of programs: the guide of a program, and the journey of each pair along it."""

from __future__ import annotations

from marshmallow import fields

from shared.contracts.base import EventSchema, PairEvent, flag, ident, internal, moment, number, sealed, slug, word


class _ProgramEvent(EventSchema):
    program_id = ident()
    group_id = ident()


class _Outline(_ProgramEvent):
    """A program's text is sealed with the program's key; ids and numbers stay readable for other services."""

    template_id = word()
    guide_version = number(1, 100_000)
    step_ids = fields.List(slug(), required=True, metadata={"class": "internal"})
    settings = internal()
    title = sealed("content", owner="program_id")
    description = sealed("content", owner="program_id", required=False)
    guide = sealed("content", owner="program_id")
    questions = sealed("content", owner="program_id", required=False)


class ProgramCreated(_Outline):
    """A group admin created a program from a template. `guide`: list of steps as in the template files; `questions`: as

    in `shared.contracts.questions`, of which `settings` has the skeletons.
    """


class ProgramRevised(_Outline):
    """Title, description, settings or steps changed; the event holds the whole new outline."""


class ProgramOpened(_ProgramEvent):
    """Members may sign up. `settings`: see `shared.contracts.settings`."""

    settings = internal()


class ProgramClosed(_ProgramEvent):
    """No more sign-ups or new pairs; running pairs go on to their end."""


class ProgramArchived(_ProgramEvent):
    """Read only from here on."""


class JourneyStarted(PairEvent):
    """An introduced pair starts on the guide in the version of that day, which it keeps.

    `timezone` is the IANA zone in which check-ins are due; `first_check_in_at` the first of them.
    """

    guide_version = number(1, 100_000)
    step_ids = fields.List(slug(), required=True, metadata={"class": "internal"})
    timezone = word()
    check_in = internal()
    first_check_in_at = moment()


class CommitmentAgreed(PairEvent):
    """One side agreed to the commitment; `both` is true once the other had already."""

    by = ident()
    both = flag()


class StepMarked(PairEvent):
    """One side did its part of a step; it counts when both did."""

    step_id = slug()
    by = ident()


class StepCompleted(PairEvent):
    """Both sides did their part."""

    step_id = slug()
    by = ident()


class StepSkipped(PairEvent):
    """The pair goes on without this step."""

    step_id = slug()
    by = ident()


class GoalSet(PairEvent):
    """A goal of the pair."""

    goal_id = ident()
    by = ident()
    text = sealed("content", owner="by", scope="pair_id")


class CheckInDue(PairEvent):
    """A week is over: both are asked how it went. `week` counts from 1; `owner_id` says whose turn it is to begin."""

    week = number(1, 1000)
    due_at = moment()
    next_due_at = moment()
    owner_id = ident()


class CheckInRecorded(PairEvent):
    """One side's answer for a week."""

    week = number(0, 1000)
    by = ident()
    met = flag()
    rating = number(1, 10, required=False, allow_none=True)
    note = sealed("content", owner="by", scope="pair_id", required=False)


class CheckInMissed(PairEvent):
    """Nobody answered for that week before the next one was due."""

    week = number(1, 1000)


class PulseRecorded(PairEvent):
    """The one-question pulse, 1 to 10."""

    by = ident()
    rating = number(1, 10)


class JourneyCompleted(PairEvent):
    """The closing step is done."""


class JourneyPaused(PairEvent):
    """Nothing is due while a pair pauses, or while a review (`review_id`) pauses it."""

    review_id = ident(required=False, allow_none=True)


class JourneyResumed(PairEvent):
    """The rest, or the review named by `review_id`, is over. The pair goes on, and `next_check_in_at` is the next one
    due; without it, something else pauses the pair still."""

    review_id = ident(required=False, allow_none=True)
    next_check_in_at = moment(required=False, allow_none=True)


class JourneyStopped(PairEvent):
    """The pair ended or was blocked: nothing more can be added. People are told by PairEnded alone (BL-04)."""

    audience = ()


class FeedbackGiven(PairEvent):
    """One side's words at the end; `contact_afterwards` says whether they would like to stay in touch.

    It may come after a block, so the other hears nothing of it (BL-03).
    """

    audience = ("by",)
    by = ident()
    rating = number(1, 10, required=False, allow_none=True)
    contact_afterwards = flag(required=False, allow_none=True)
    text = sealed("content", owner="by", scope="pair_id", required=False)
