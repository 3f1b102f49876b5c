"""Commands, questions and answers of programs, as they travel over RPC and stand in the OpenAPI document."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from shared.contracts.base import Page, Strict, flag, ident, number, slug, text, word
from shared.contracts.questions import Question, questions
from shared.contracts.settings import AdminSettings, CommitmentSettings


class Step(Strict):
    """One step of a guide. `id` is a short word that is unique within the guide; `closing` marks the last one."""

    id = slug()
    week = number(1, 104)
    title = text(120)
    purpose = text(1000)
    together = text(2000, required=False)
    mentor_prompt = text(2000)
    mentee_prompt = text(2000)
    check_in = text(500, required=False)
    closing = flag(required=False)


class CreateProgram(Strict):
    """`steps` and `questions`: one's own in place of the template's."""

    group_id = ident()
    template_id = word()
    title = text(120)
    description = text(2000, required=False)
    settings = fields.Nested(AdminSettings(partial=True))
    questions = questions()
    steps = fields.List(fields.Nested(Step), validate=validate.Length(1, 60))


class ReviseProgram(Strict):
    """`questions`: all of them anew. Replies that no longer fit are left out of account until they are changed."""

    program_id = ident()
    title = text(120, required=False)
    description = text(2000, required=False)
    settings = fields.Nested(AdminSettings(partial=True))
    questions = questions()


class ReplaceSteps(Strict):
    program_id = ident()
    steps = fields.List(fields.Nested(Step), required=True, validate=validate.Length(1, 60))


class OfProgram(Strict):
    program_id = ident()


class DuplicateProgram(OfProgram):
    title = text(120, required=False)


class OfPair(Strict):
    pair_id = ident()


class OfStep(OfPair):
    step_id = slug()


class SetGoal(OfPair):
    text = text(1000)


class RecordCheckIn(OfPair):
    met = flag()
    rating = number(1, 10, required=False)
    note = text(2000, required=False)


class RecordPulse(OfPair):
    rating = number(1, 10)


class GiveFeedback(OfPair):
    rating = number(1, 10, required=False)
    contact_afterwards = flag(required=False)
    text = text(2000, required=False)


class StopJourney(OfPair):
    """The service's own: what every event of a pair says."""

    program_id = ident()
    group_id = ident()
    mentor_id = ident()
    mentee_id = ident()


class ReviewJourney(StopJourney):
    """The service's own: what PairHeld and PairReleased say."""

    review_id = ident()


class StartJourney(StopJourney):
    """The service's own: what PairIntroduced says."""

    timezone = word()


class Nothing(Strict):
    pass


class OfTemplate(Strict):
    template_id = word()


class OfGroup(Page):
    group_id = ident()


class PageOfProgram(OfProgram, Page):
    pass


class ProgramId(Schema):
    program_id = fields.String(required=True)


class Acknowledged(Schema):
    """The ids of what the command was about."""

    program_id = fields.String()
    pair_id = fields.String()
    group_id = fields.String()
    mentor_id = fields.String()
    mentee_id = fields.String()
    step_id = fields.String()
    goal_id = fields.String()


class TemplateSummary(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    audience = fields.String(required=True)
    weeks = fields.Integer(required=True)


class Templates(Schema):
    items = fields.List(fields.Nested(TemplateSummary), required=True)
    next = fields.Raw(allow_none=True, required=True)


class GuideStep(Schema):
    """A step as it is read."""

    id = fields.String(required=True)
    week = fields.Integer()
    title = fields.String()
    purpose = fields.String()
    together = fields.String(allow_none=True)
    mentor_prompt = fields.String()
    mentee_prompt = fields.String()
    check_in = fields.String(allow_none=True)
    closing = fields.Boolean()


class Template(TemplateSummary):
    commitment = fields.Nested(CommitmentSettings, required=True)
    questions = fields.List(fields.Nested(Question), required=True)
    steps = fields.List(fields.Nested(GuideStep), required=True)
    goal_examples = fields.List(fields.String(), required=True)
    closing_questions = fields.List(fields.String(), required=True)


class ProgramSummary(Schema):
    program_id = fields.String(required=True)
    group_id = fields.String(required=True)
    template_id = fields.String(required=True)
    status = fields.String(required=True)
    title = fields.String(required=True)
    description = fields.String(allow_none=True, required=True)
    guide_version = fields.Integer(required=True)
    settings = fields.Nested(AdminSettings, required=True)
    created_at = fields.String(required=True)


class Programs(Schema):
    items = fields.List(fields.Nested(ProgramSummary), required=True)
    next = fields.Raw(allow_none=True, required=True)


class Program(ProgramSummary):
    """`questions` are what people are asked when they sign up, beside the goal, for which there are examples."""

    goal_prompt = fields.String(required=True)
    goal_examples = fields.List(fields.String(), required=True)
    questions = fields.List(fields.Nested(Question), required=True)
    steps = fields.List(fields.Nested(GuideStep), required=True)


class JourneyStep(GuideStep):
    state = fields.String(required=True, metadata={"description": "ahead, current, completed or skipped"})
    done_by = fields.List(fields.String(), required=True)


class CheckIn(Schema):
    week = fields.Integer(required=True)
    by = fields.String(required=True)
    met = fields.Boolean(required=True)
    rating = fields.Integer(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    at = fields.String(required=True)


class Goal(Schema):
    goal_id = fields.String(required=True)
    by = fields.String(required=True)
    text = fields.String(required=True)
    at = fields.String(required=True)


class Feedback(Schema):
    """One's own; `contact_afterwards_both` only when both wish for it."""

    by = fields.String(required=True)
    rating = fields.Integer(required=True, allow_none=True)
    contact_afterwards = fields.Boolean(required=True, allow_none=True)
    contact_afterwards_both = fields.Boolean(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)


class Journey(Schema):
    pair_id = fields.String(required=True)
    program_id = fields.String(required=True)
    mentor_id = fields.String(required=True)
    mentee_id = fields.String(required=True)
    status = fields.String(required=True)
    commitment = fields.Nested(CommitmentSettings, required=True)
    agreed_by = fields.List(fields.String(), required=True)
    steps = fields.List(fields.Nested(JourneyStep), required=True)
    current_step_id = fields.String(allow_none=True, required=True)
    check_ins = fields.List(fields.Nested(CheckIn), required=True)
    next_check_in_at = fields.String(allow_none=True, required=True)
    goals = fields.List(fields.Nested(Goal), required=True)
    feedback = fields.List(fields.Nested(Feedback), required=True)
    admin_sees = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Everything of this pair that group admins can see"},
    )


class PairHealth(Schema):
    pair_id = fields.String(required=True)
    mentor_id = fields.String(required=True)
    mentee_id = fields.String(required=True)
    state = fields.String(
        required=True, metadata={"description": "too-early, on-track, needs-a-check-in, stalled, paused or over"}
    )
    score = fields.Integer(required=True)
    reasons = fields.List(fields.String(), required=True)
    steps_done = fields.Integer(required=True)
    steps_total = fields.Integer(required=True)
    last_check_in_at = fields.String(allow_none=True, required=True)
    missed_in_a_row = fields.Integer(required=True)
    completed = fields.Boolean(required=True)


class ProgramHealth(Schema):
    program_id = fields.String(required=True)
    items = fields.List(fields.Nested(PairHealth), required=True)
    next = fields.Raw(allow_none=True, required=True)
