"""Commands, questions and answers of matching, as they travel over RPC and stand in the OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, validate

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
    texts,
    word,
)
from shared.contracts.matching import ENDING_REASONS

ROLES = ("mentor", "mentee")
SIGNUP_STATUSES = ("active", "paused", "withdrawn", "expired")
PEOPLE_END_FOR = tuple(reason for reason in ENDING_REASONS if reason not in {"blocked", "timed-out"})
_MOST_AT_ONCE = 1000


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _a_zone(value: str) -> None:
    if value not in _zones():
        raise ValidationError("Name a time zone of the IANA database, like Europe/Berlin.")


class Answers(Strict):
    """What a person says of themselves. `topics` and `needs` in the order of priority, the most wanted first.

    `languages` are language tags; `capacity` is how many mentees a mentor takes; `do_not_pair` are people whom one
    wishes not to be paired with: nobody else ever reads it.
    """

    goal = text(500, required=False)
    about = text(2000, required=False)
    topics = texts(20, 60, minimum=1)
    needs = texts(10, 120, required=False)
    languages = fields.List(
        fields.String(validate=validate.Regexp(r"\A[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}\Z")),
        required=True,
        validate=validate.Length(min=1, max=10),
        metadata={"class": "content"},
    )
    timezone = fields.String(required=True, validate=[validate.Length(max=64), _a_zone], metadata={"class": "personal"})
    availability = text(500, required=False)
    capacity = number(1, 20, required=False)
    do_not_pair = fields.List(given_ident(), validate=validate.Length(max=50), metadata={"class": "personal"})


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


class Recommend(OfProgram):
    """`fairness` from 0 (only how well people fit) to 1 (only who has waited longest). `locked` pairs stay."""

    fairness = _share()
    locked = fields.List(fields.Nested(Two), validate=validate.Length(max=_MOST_AT_ONCE))


class PublishRecommendations(OfProgram):
    """`pairs`: only these of the run; without it, all of them."""

    run_id = ident()
    pairs = fields.List(fields.Nested(Two), validate=validate.Length(min=1, max=_MOST_AT_ONCE))
    introduction = text(2000, required=False)
    introduce = flag(required=False, load_default=True)


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


class Recommendations(OfProgram):
    run_id = ident()


class Candidates(OfProgram):
    mentee_id = ident()


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
    """`pair_id`, or `problem`: the slug of why not."""

    pair_id = fields.String()
    problem = fields.String()


class BulkAnswer(Schema):
    batch_id = fields.String(required=True)
    results = fields.List(fields.Nested(BulkItem), required=True)


class SignupAnswer(Schema):
    """`answers` are without `do_not_pair` for admins; "[removed]" after erasure. `current_pairs`: not yet over."""

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


class RunnerUp(Schema):
    mentor_id = fields.String(required=True)
    score = fields.Float(required=True)


class Parts(Schema):
    """How well two fit, from 0 to 1 for each question."""

    needs = fields.Float(required=True)
    topics = fields.Float(required=True)
    languages = fields.Float(required=True)
    clocks = fields.Float(required=True)


class Candidate(Schema):
    """A mentor for a mentee, with the mentee's wishes that are not met."""

    mentor_id = fields.String(required=True)
    mentor_name = fields.String(required=True, allow_none=True)
    score = fields.Float(required=True)
    parts = fields.Nested(Parts, required=True)
    reasons = fields.List(fields.String(), required=True)
    unmet = fields.List(fields.String(), required=True)


class Proposal(Candidate):
    mentee_id = fields.String(required=True)
    mentee_name = fields.String(required=True, allow_none=True)
    locked = fields.Boolean(required=True)
    runner_up = fields.Nested(RunnerUp, required=True, allow_none=True)


class Unmatched(Schema):
    person_id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    why = fields.String(required=True)


class RecommendationsAnswer(Schema):
    run_id = fields.String(required=True)
    program_id = fields.String(required=True)
    made_at = moment()
    fairness = fields.Float(required=True)
    inputs_hash = fields.String(required=True)
    proposals = fields.List(fields.Nested(Proposal), required=True)
    unmatched = fields.List(fields.Nested(Unmatched), required=True)


class CandidatesAnswer(Schema):
    items = fields.List(fields.Nested(Candidate), required=True)
    next = fields.String(required=True, allow_none=True)


class PairForAdmin(Schema):
    """Metadata alone. `reason` is null while the pair is not over, and "ended" where there is nothing to tell."""

    pair_id = fields.String(required=True)
    program_id = fields.String(required=True)
    mentor_id = fields.String(required=True)
    mentor_name = fields.String(required=True, allow_none=True)
    mentee_id = fields.String(required=True)
    mentee_name = fields.String(required=True, allow_none=True)
    status = word("created", "active", "paused", "ended", "dropped")
    created_at = moment()
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
    created_at = fields.String()
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
