"""Commands, questions and answers of matching, as they travel over RPC and stand in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.contracts.answers import Answers
from shared.contracts.base import (
    Page,
    Strict,
    StrictFloat,
    flag,
    given_ident,
    ident,
    internal,
    moment,
    number,
    text,
    word,
)
from shared.contracts.matching import ENDING_REASONS

ROLES = ("mentor", "mentee")
SIGNUP_STATUSES = ("active", "paused", "withdrawn", "removed", "expired")
PEOPLE_END_FOR = tuple(reason for reason in ENDING_REASONS if reason not in {"blocked", "timed-out"})
_MOST_AT_ONCE = 1000


class OfProgram(Strict):
    program_id = ident()


class OfPair(Strict):
    pair_id = ident()


class SignUp(OfProgram):
    """`adult`: the person says that they are 18 or older; their token must say so too (P-03)."""

    role = word(*ROLES)
    adult = flag()
    answers = fields.Nested(Answers, required=True)


class ChangeSignup(OfProgram):
    """The answers take the place of the old ones as a whole."""

    answers = fields.Nested(Answers, required=True)


class RemoveSignup(OfProgram):
    """`signup_id` and not the person: who has signed up anew since then stays."""

    signup_id = ident()


class Two(Strict):
    mentor_id = given_ident()
    mentee_id = given_ident()


class WantedPair(Two):
    """`introduce`: tell both at once; else the pair stays a draft that only admins see."""

    introduction = text(2000, required=False)
    introduce = flag(required=False, load_default=True)


class CreatePair(WantedPair):
    program_id = ident()


class CreatePairs(OfProgram):
    pairs = fields.List(fields.Nested(WantedPair), required=True, validate=validate.Length(min=1, max=_MOST_AT_ONCE))


def _share(**kwargs: Any) -> fields.Float:
    return StrictFloat(validate=validate.Range(min=0, max=1), allow_nan=False, **kwargs)


def _couples(**kwargs: Any) -> fields.List[Any]:
    return fields.List(fields.Nested(Two), **kwargs)


class Recommend(OfProgram):
    """`fairness` from 0 (only how well people fit) to 1 (only who waits longest or is hardest to place). `locked`

    pairs stay. `rest_of` is an earlier run of which the rest is solved anew; its dial and seed are used unless others
    are given. `seed` decides between answers that are equally good.
    """

    fairness = _share()
    seed = number(0, 2**31 - 1, required=False)
    locked = _couples(validate=validate.Length(max=_MOST_AT_ONCE))
    rest_of = ident(required=False)


class EditRecommendations(OfProgram):
    """Change a run by hand before it is published: pairs that go, pairs that come."""

    run_id = ident()
    remove = _couples(load_default=list, validate=validate.Length(max=_MOST_AT_ONCE))
    add = _couples(load_default=list, validate=validate.Length(max=_MOST_AT_ONCE))

    @validates_schema
    def _says_what(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if not (data["remove"] or data["add"]):
            raise ValidationError("Say which pairs to remove or to add.", "add")


class PublishRecommendations(OfProgram):
    """`pairs`: only these of the run; without it, all of them."""

    run_id = ident()
    pairs = _couples(validate=validate.Length(min=1, max=_MOST_AT_ONCE))
    introduction = text(2000, required=False)
    introduce = flag(required=False, load_default=True)


class OfBatch(OfProgram):
    batch_id = ident()


class IntroduceBatch(OfBatch):
    """`introduction`: in place of those that the drafts were made with."""

    introduction = text(2000, required=False)


class IntroducePair(OfPair):
    """`introduction`: in place of the one that the draft was made with."""

    introduction = text(2000, required=False)


class EndPair(OfPair):
    reason = word(*PEOPLE_END_FOR)


class OpenRoster(OfProgram):
    group_id = ident()
    settings = internal()


class ReviseRoster(OfProgram):
    settings = internal()


class ExpireSignup(OfProgram):
    person_id = ident()
    signup_id = ident()


class RemovePerson(OfProgram):
    """`barred`: they may not sign up again until they are readmitted."""

    person_id = ident()
    barred = flag()


class ReadmitPerson(OfProgram):
    person_id = ident()


class PartCouple(OfProgram):
    couple_id = ident()


class Signups(Page):
    program_id = ident()
    role = word(*ROLES, required=False)
    status = word(*SIGNUP_STATUSES, required=False)


class Runs(Page):
    program_id = ident()


class WaitingOf(Page):
    """`role`: only mentors, or only mentees."""

    program_id = ident()
    role = word(*ROLES, required=False)


class PairsOfProgram(Page):
    program_id = ident()


class MyPairs(Page):
    pass


class SignedUpAnswer(Schema):
    signup_id = fields.String(required=True)
    program_id = fields.String(required=True)
    group_id = fields.String(required=True)
    person_id = fields.String(required=True)


class PairedAnswer(Schema):
    pair_id = fields.String(required=True)
    program_id = fields.String(required=True)
    group_id = fields.String(required=True)
    mentor_id = fields.String(required=True)
    mentee_id = fields.String(required=True)


class BulkItem(Two):
    """`problem`: the slug of why it was not done; `pair_id` where there is a pair."""

    pair_id = fields.String()
    problem = fields.String()


class BulkAnswer(Schema):
    batch_id = fields.String(required=True)
    results = fields.List(fields.Nested(BulkItem), required=True)


class SignupAnswer(Schema):
    """`answers` are without `do_not_pair` for admins; "[removed]" after erasure. `current_pairs`: not yet over.

    `since`: when their waiting began, at sign-up or when their last pair was over.
    """

    signup_id = fields.String(required=True)
    program_id = fields.String(required=True)
    person_id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    role = word(*ROLES)
    status = word(*SIGNUP_STATUSES)
    capacity = fields.Integer(required=True)
    current_pairs = fields.Integer(required=True)
    since = moment()
    expires_at = moment()
    answers = fields.Raw(required=True)


class SignupsAnswer(Schema):
    items = fields.List(fields.Nested(SignupAnswer), required=True)
    next = fields.String(required=True, allow_none=True)


class PairForAdmin(Schema):
    """Metadata alone. `reason` is null while the pair is not over, and "ended" where there is nothing to tell.

    `batch_id`: what it was made in with others; `expires_at`: when it is dropped, for drafts alone.
    """

    pair_id = fields.String(required=True)
    program_id = fields.String(required=True)
    mentor_id = fields.String(required=True)
    mentor_name = fields.String(required=True, allow_none=True)
    mentee_id = fields.String(required=True)
    mentee_name = fields.String(required=True, allow_none=True)
    status = word("created", "active", "paused", "ended", "dropped")
    batch_id = fields.String(required=True, allow_none=True)
    created_at = moment()
    expires_at = moment(allow_none=True)
    introduced_at = moment(allow_none=True)
    ended_at = moment(allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class Partner(Schema):
    person_id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)


class PairForMember(Schema):
    """What one of the two reads of their pair. Why it ended is not in it."""

    pair_id = fields.String(required=True)
    program_id = fields.String(required=True)
    group_id = fields.String(required=True)
    role = word(*ROLES)
    partner = fields.Nested(Partner, required=True)
    status = word("active", "paused", "paused-for-review", "ended")
    introduced_at = moment()
    ended_at = moment(allow_none=True)
    timezone = fields.String(required=True)
    introduction = fields.String(required=True, allow_none=True)


class PairAnswer(Schema):
    """A pair: to one of the two as `PairForMember`, to an admin as `PairForAdmin`. Fields of both are optional here."""

    pair_id = fields.String(required=True)
    program_id = fields.String(required=True)
    group_id = fields.String()
    role = fields.String()
    partner = fields.Nested(Partner)
    mentor_id = fields.String()
    mentor_name = fields.String(allow_none=True)
    mentee_id = fields.String()
    mentee_name = fields.String(allow_none=True)
    status = fields.String(required=True)
    batch_id = fields.String(allow_none=True)
    created_at = fields.String()
    expires_at = fields.String(allow_none=True)
    introduced_at = fields.String(allow_none=True)
    ended_at = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    timezone = fields.String()
    introduction = fields.String(allow_none=True)


class PairsAnswer(Schema):
    items = fields.List(fields.Nested(PairForAdmin), required=True)
    next = fields.String(required=True, allow_none=True)


class MyPairsAnswer(Schema):
    items = fields.List(fields.Nested(PairForMember), required=True)
    next = fields.String(required=True, allow_none=True)


class RunSummary(Schema):
    """A run without its pairs. `expires_at` and `parent_run_id` are null where there is none."""

    run_id = fields.String(required=True)
    program_id = fields.String(required=True)
    made_at = moment()
    fairness = fields.Float(required=True)
    pairs = fields.Integer(required=True)
    by_schedule = fields.Boolean(required=True)
    expires_at = moment(allow_none=True)
    parent_run_id = fields.String(required=True, allow_none=True)


class RunsAnswer(Schema):
    items = fields.List(fields.Nested(RunSummary), required=True)
    next = fields.String(required=True, allow_none=True)


class WaitingPerson(Schema):
    """Somebody without a pair. `proposals`: in how many runs they were proposed since they signed up."""

    person_id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    role = word(*ROLES)
    since = moment()
    days = fields.Integer(required=True)
    expires_at = moment()
    proposals = fields.Integer(required=True)


class WaitingAnswer(Schema):
    """Who has waited longest comes first."""

    items = fields.List(fields.Nested(WaitingPerson), required=True)
    next = fields.String(required=True, allow_none=True)


class Waiting(Schema):
    person_id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    since = moment()
    days = fields.Integer(required=True)


class WaitingList(Schema):
    """Mentees without a mentor: how many, and those who have waited longest."""

    count = fields.Integer(required=True)
    longest = fields.List(fields.Nested(Waiting), required=True)


class BoardAnswer(Schema):
    """Counts: `signups` by role and status, `pairs` by status, `closing_reasons` by reason."""

    program_id = fields.String(required=True)
    signups = fields.Dict(
        keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.Integer()), required=True
    )
    pairs = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    waiting = fields.Nested(WaitingList, required=True)
    closing_reasons = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
