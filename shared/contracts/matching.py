"""Events of matching: who signed up for a program, what was recommended, who is paired with whom."""

from __future__ import annotations

from typing import ClassVar

from shared.contracts.base import EventSchema, PairEvent, flag, ident, internal, moment, number, sealed, word

ENDING_REASONS = (
    "goals-reached",
    "planned-end",
    "life-change",
    "schedule",
    "language",
    "technical",
    "no-more-need",
    "mismatch",
    "mentor-unresponsive",
    "mentee-unresponsive",
    "safety",
    "timed-out",
    "blocked",
    "other",
)
"""The closed list of P-19. `blocked` is never shown: people read "ended"."""


class _ProgramEvent(EventSchema):
    program_id = ident()
    group_id = ident()


class RosterOpened(_ProgramEvent):
    """Sign-ups and pairs may come. `settings`: see `shared.contracts.settings`."""

    settings = internal()


class RosterRevised(_ProgramEvent):
    """The program's settings changed while it was open."""

    settings = internal()


class RosterClosed(_ProgramEvent):
    """No more sign-ups or new pairs; running pairs go on to their end."""


class CoupleBarred(_ProgramEvent):
    """These two are not to be paired in this program, whoever wished it (BL-07). It stands in the roster's own stream,

    so that no pairing can slip in beside it, and it outlasts an unblock (BL-09).
    """

    couple_id = ident()


class PersonBarred(_ProgramEvent):
    """Moderators removed the person from the program: no sign-up until PersonUnbarred."""

    person_id = ident()


class PersonUnbarred(_ProgramEvent):
    """The removal is over."""

    person_id = ident()


class _SignupEvent(_ProgramEvent):
    audience: ClassVar[tuple[str, ...]] = ("person_id",)

    signup_id = ident()
    person_id = ident()
    role = word("mentor", "mentee")


class SignedUp(_SignupEvent):
    """A member joined as mentor or mentee. `answers` and `name` are sealed with their own key.

    Only the attestation of being an adult is kept, never a birth date (P-03, PR-16). `admin`: whether they ran the
    group then; absent in older events.
    """

    capacity = number(1, 20)
    adult = flag()
    admin = flag(required=False)
    expires_at = moment()
    name = sealed("personal", owner="person_id", required=False)
    answers = sealed("personal", owner="person_id")


class SignupChanged(_SignupEvent):
    """The member edited their answers; the event holds all of them. `admin` as in SignedUp."""

    capacity = number(1, 20)
    admin = flag(required=False)
    name = sealed("personal", owner="person_id", required=False)
    answers = sealed("personal", owner="person_id")


class SignupPaused(_SignupEvent):
    """Not to be paired for now; pairs that exist go on."""


class SignupResumed(_SignupEvent):
    """To be paired again. `admin` as in SignedUp."""

    expires_at = moment()
    admin = flag(required=False)


class SignupRenewed(_SignupEvent):
    """The sign-up is good for longer: it was in use when it fell due, or its pair is over and it waits `since` then."""

    audience = ()
    expires_at = moment()
    since = moment(required=False)


class SignupWithdrawn(_SignupEvent):
    """The member left the program."""


class SignupRemoved(_SignupEvent):
    """An admin took out somebody who is not paired here, as one who has left the group; they may sign up anew."""


class SignupExpired(_SignupEvent):
    """The sign-up waited too long; it frees its place."""


class RecommendationsProposed(_ProgramEvent):
    """A run. `pairs`: list of {mentor_id, mentee_id, score}; `detail` has what it was made from, and why.

    `parent_run_id`: it solved the rest of that one. After `expires_at` it is not published any more. `published`: how
    many were introduced in the same commit, where the program has its scheduled runs published.
    """

    run_id = ident()
    fairness = internal()
    inputs_hash = word()
    pairs = internal()
    detail = sealed("content", owner="program_id")
    seed = internal(required=False)
    weights = internal(required=False)
    algorithm = word(required=False)
    by_schedule = flag(required=False)
    published = number(0, 100_000, required=False)
    parent_run_id = ident(required=False, allow_none=True)
    expires_at = moment(required=False)


class RecommendationsEdited(_ProgramEvent):
    """An admin changed a run by hand. `removed`: list of {mentor_id, mentee_id}; `added`: the same, with the score."""

    run_id = ident()
    removed = internal()
    added = internal()
    detail = sealed("content", owner="program_id")


class RollingRunScheduled(_ProgramEvent):
    """When recommendations are made next without anybody's asking; `at` is null where that is over. `since`: from when

    the periods are counted, where that is not `at`.
    """

    at = moment(allow_none=True)
    since = moment(required=False, allow_none=True)


class PairsCreated(_ProgramEvent):
    """Many were asked for at once; `results`: list of {mentor_id, mentee_id} and pair_id or the problem's slug."""

    batch_id = ident()
    run_id = ident(required=False, allow_none=True)
    results = internal()


class PublicationUndone(_ProgramEvent):
    """The drafts of a batch were taken back; `results`: list of {mentor_id, mentee_id, pair_id}, and the problem's slug

    where it was too late.
    """

    batch_id = ident()
    results = internal()


class BatchIntroduced(_ProgramEvent):
    """The drafts of a batch were introduced; `results`: as in PublicationUndone."""

    batch_id = ident()
    results = internal()


class PairProposed(PairEvent):
    """A draft that only admins see. Kept for the published language: drafts are PairCreated without PairIntroduced."""

    audience = ()
    run_id = ident(required=False, allow_none=True)


class PairCreated(PairEvent):
    """An admin paired two people. Neither is told before PairIntroduced. A draft is dropped at `expires_at`."""

    audience = ()
    by = ident()
    run_id = ident(required=False, allow_none=True)
    expires_at = moment(required=False)
    introduction = sealed("content", owner="program_id", required=False)


class PairIntroduced(PairEvent):
    """Both are told of each other. `timezone` is the IANA zone for the pair's check-ins."""

    timezone = word()
    introduction = sealed("content", owner="program_id", required=False)


class PairDropped(PairEvent):
    """A pair was taken back before the two were told of each other; they are never told."""

    audience = ()
    reason = word(*ENDING_REASONS)
    by = ident(required=False, allow_none=True)


class PairPaused(PairEvent):
    """The pair rests by its own wish."""

    by = ident()


class PairResumed(PairEvent):
    """The pair goes on."""

    by = ident()


class PairEnded(PairEvent):
    """The pair is over. `by` is absent where saying it would tell who blocked whom (BL-10)."""

    reason = word(*ENDING_REASONS)
    by = ident(required=False, allow_none=True)
