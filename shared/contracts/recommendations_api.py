"""Questions about recommendations and their answers: runs, their preview, comparison and replay, and candidates.

All of it is for admins of the group. Sentences are made when they are asked for, from answers that are still there.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from shared.contracts.base import Strict, ident, moment, word


class _OfProgram(Strict):
    program_id = ident()


class Recommendations(_OfProgram):
    run_id = ident()


class Preview(_OfProgram):
    """`locked_of`: the pairs that this run was told to keep stay."""

    locked_of = ident(required=False)


class Comparison(Recommendations):
    """`against`: an earlier run; without it, the one before."""

    against = ident(required=False)


class Candidates(_OfProgram):
    """For whom: either `mentee_id` or `mentor_id`."""

    mentee_id = ident(required=False)
    mentor_id = ident(required=False)

    @validates_schema
    def _one_of_them(self, data: dict[str, Any], **_: object) -> None:
        if len(data.keys() & {"mentee_id", "mentor_id"}) != 1:
            raise ValidationError("Name either a mentee_id or a mentor_id.", "mentee_id")


def _share(**kwargs: Any) -> fields.Float:
    """0 to 1; null where too few people stand behind the number, or where it cannot be known."""
    return fields.Float(required=True, **kwargs)


class Parts(Schema):
    """How well two fit, from 0 to 1 for each part; null where it cannot be known of these two."""

    needs = _share()
    topics = _share(allow_none=True)
    questions = _share(allow_none=True)
    hours = _share(allow_none=True)
    languages = _share()
    clocks = _share()


class RunnerUp(Schema):
    """The mentor who comes next for this mentee. `behind`: by how much of the score; below 0 where this one fits

    better and is needed elsewhere. `why`: on what, in a sentence; null where the answers were removed.
    """

    mentor_id = fields.String(required=True)
    mentor_name = fields.String(required=True, allow_none=True)
    score = fields.Float(required=True)
    behind = fields.Float(required=True)
    why = fields.String(required=True, allow_none=True)


class Candidate(Schema):
    """Two who could be paired: why, in sentences, and the mentee's wishes that are not met, in the mentee's words."""

    mentor_id = fields.String(required=True)
    mentor_name = fields.String(required=True, allow_none=True)
    mentee_id = fields.String(required=True)
    mentee_name = fields.String(required=True, allow_none=True)
    score = fields.Float(required=True)
    parts = fields.Nested(Parts, required=True)
    reasons = fields.List(fields.String(), required=True)
    unmet = fields.List(fields.String(), required=True)


class Proposal(Candidate):
    """`would_change`: what would have to be otherwise for another to come first, in sentences."""

    locked = fields.Boolean(required=True)
    runner_up = fields.Nested(RunnerUp, required=True, allow_none=True)
    would_change = fields.List(fields.String(), required=True)


class Unmatched(Schema):
    """`why` in short; `because` and `would_help` in sentences. Numbers in them are rounded, small ones hidden.

    `resting_until`: when the pause after their last pair is over; null for who is in none.
    """

    person_id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    why = fields.String(required=True)
    resting_until = moment(allow_none=True)
    because = fields.List(fields.String(), required=True)
    would_help = fields.List(fields.String(), required=True)


class RecommendationsAnswer(Schema):
    """`weights`: of each part in the score, before those that cannot be known of two give theirs to the others; null,

    as `seed` and `algorithm`, for runs that did not keep them.
    """

    run_id = fields.String(required=True)
    program_id = fields.String(required=True)
    made_at = moment()
    fairness = fields.Float(required=True)
    inputs_hash = fields.String(required=True)
    weights = fields.Dict(keys=fields.String(), values=fields.Float(), required=True, allow_none=True)
    seed = fields.Integer(required=True, allow_none=True)
    algorithm = fields.String(required=True, allow_none=True)
    proposals = fields.List(fields.Nested(Proposal), required=True)
    unmatched = fields.List(fields.Nested(Unmatched), required=True)


class CandidatesAnswer(Schema):
    """The best hundred; there is no next page."""

    items = fields.List(fields.Nested(Candidate), required=True)
    next = fields.String(required=True, allow_none=True)


class ByNeeds(Schema):
    """How many of the mentees with so many wishes would be served; null for a group of fewer than five, and for as many

    more as it takes that no hidden share follows from `served` and the others.
    """

    needs = word("1", "2", "3+")
    served = _share(allow_none=True)


class AtDial(Schema):
    """What a run would bring with the dial at `fairness`. `served`: how many mentees would have a mentor.

    `mean_quality` and `longest_waiting_served` are null where fewer than five people stand behind them.
    """

    fairness = fields.Float(required=True)
    served = fields.Integer(required=True)
    mean_quality = _share(allow_none=True)
    longest_waiting_served = _share(allow_none=True)
    by_needs = fields.List(fields.Nested(ByNeeds), required=True)


class PreviewAnswer(Schema):
    """`waiting`: mentees who could be served; `places`: those that mentors have free."""

    program_id = fields.String(required=True)
    waiting = fields.Integer(required=True)
    places = fields.Integer(required=True)
    dial = fields.List(fields.Nested(AtDial), required=True)


class Change(Schema):
    """What became of one mentee from the earlier run to this one; null where there was or is no mentor."""

    mentee_id = fields.String(required=True)
    mentee_name = fields.String(required=True, allow_none=True)
    mentor_id = fields.String(required=True, allow_none=True)
    mentor_name = fields.String(required=True, allow_none=True)
    earlier_mentor_id = fields.String(required=True, allow_none=True)
    earlier_mentor_name = fields.String(required=True, allow_none=True)
    score = fields.Float(required=True, allow_none=True)
    earlier_score = fields.Float(required=True, allow_none=True)


class ComparisonAnswer(Schema):
    """`served` and `quality`: this run's less the earlier one's (quality: of the mean score; null where one is empty).

    `same_inputs`: both were made from the same facts, the dial included.
    """

    run_id = fields.String(required=True)
    against = fields.String(required=True)
    same_inputs = fields.Boolean(required=True)
    served = fields.Integer(required=True)
    quality = fields.Float(required=True, allow_none=True)
    kept = fields.List(fields.Nested(Change), required=True)
    added = fields.List(fields.Nested(Change), required=True)
    removed = fields.List(fields.Nested(Change), required=True)
    moved = fields.List(fields.Nested(Change), required=True)


class ReplayAnswer(Schema):
    """`replayed`: the same pairs came out; null where it cannot be tried, since answers were removed."""

    run_id = fields.String(required=True)
    replayed = fields.Boolean(required=True, allow_none=True)
    said = fields.String(required=True)
