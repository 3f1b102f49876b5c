"""The settings of a program, with the defaults that evidence recommends (product rules)."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.contracts.base import Strict, StrictFloat, flag, number, word
from shared.contracts.questions import MOST, QuestionSkeleton


class CheckInSettings(Strict):
    """When a pair is asked how its week went, in the pair's own time zone. `weekday`: 1 is Monday."""

    weekday = number(1, 7, required=False, load_default=5)
    hour = number(0, 23, required=False, load_default=17)


class CommitmentSettings(Strict):
    """What both sides agree to before the first message."""

    hours_per_week = StrictFloat(validate=validate.Range(min=0.25, max=10), load_default=1.0, allow_nan=False)
    channel = word("chat", "call", "in-person", required=False, load_default="chat")
    reply_within_days = number(1, 14, required=False, load_default=3)


class RollingSettings(Strict):
    """Runs of recommendations that are made by themselves every so many days (0: never), with the dial at `fairness`;

    published only if so said.
    """

    every_days = number(0, 30, required=False, load_default=1)
    publish = flag(required=False, load_default=False)
    fairness = StrictFloat(validate=validate.Range(min=0, max=1), load_default=0.25, allow_nan=False)


class AdminSettings(Strict):
    """What an admin may set. Everything has a default."""

    weeks = number(1, 52, required=False, load_default=8)
    mentees_per_mentor = number(1, 20, required=False, load_default=3)
    """The most that a mentor may offer; the mentor's own capacity may be lower."""
    shared_language = flag(required=False, load_default=True)
    """Only people with a language in common are paired."""
    hours_apart = number(0, 24, required=False, load_default=24)
    """The most hours between the two time zones."""
    check_in = fields.Nested(CheckInSettings, load_default=lambda: CheckInSettings().load({}))
    commitment = fields.Nested(CommitmentSettings, load_default=lambda: CommitmentSettings().load({}))
    signup_expires_after_days = number(1, 365, required=False, load_default=90)
    languages = fields.List(
        fields.String(validate=validate.Regexp(r"\A[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}\Z")),
        load_default=list,
        validate=validate.Length(max=50),
    )
    """Language tags: settings stand in clear, so there is no room for words."""
    hours_shared = StrictFloat(validate=validate.Range(min=0, max=40), load_default=0.0, allow_nan=False)
    """The least hours a week in which both are free, where both told when they are."""
    mentees_in_all = number(1, 50, required=False, load_default=5)
    """The most pairs that a mentor has at once over all programs, where this is more than `mentees_per_mentor`."""
    rematch_rest_days = number(0, 365, required=False, load_default=7)
    """How long after the end of a pair its people are left in peace."""
    proposals_expire_after_days = number(1, 90, required=False, load_default=14)
    rolling = fields.Nested(RollingSettings, load_default=lambda: RollingSettings().load({}))
    min_score = StrictFloat(validate=validate.Range(min=0, max=1), load_default=0.0, allow_nan=False)
    """Nobody is proposed who fits worse than this."""


class ProgramSettings(AdminSettings):
    """How a program runs: what its admin set, and the questions of its outline without their words."""

    questions = fields.List(fields.Nested(QuestionSkeleton), load_default=list, validate=validate.Length(max=MOST))
