"""Answers of trust and safety."""

from __future__ import annotations

from marshmallow import fields

from shared.contracts.base import Strict, ident, moment, word
from shared.contracts.trust_safety import ACTIONS, OPENED_BY, REASONS, TARGETS
from shared.contracts.trust_safety_api import STATUSES


def _maybe() -> fields.String:
    return fields.String(allow_none=True)


class ReportAnswer(Strict):
    report_id = ident()


class MyReport(Strict):
    """A report as its reporter sees it (TS-18). `status`: received, in-review, closed; `outcome` in neutral words."""

    report_id = ident()
    target_kind = word(*TARGETS)
    target_id = ident()
    reason = word(*REASONS)
    filed_at = moment()
    status = word("received", "in-review", "closed")
    outcome = _maybe()


class MyReportsAnswer(Strict):
    items = fields.List(fields.Nested(MyReport), required=True)
    next = fields.Raw(allow_none=True)


class GroupCase(Strict):
    """A case as the group's admin sees it: no evidence, no text, nobody who reported; `target_kind` is `person` where a
    message or a pair was reported (TS-10)."""

    case_id = ident()
    group_id = ident()
    program_id = _maybe()
    status = word(*STATUSES)
    target_kind = word(*TARGETS)
    subject_id = _maybe()
    reasons = fields.List(word(*REASONS))
    reports = fields.Integer()
    severity = word("S0", "S1", "S2", "S3")
    opened_at = moment()
    due_at = moment()
    assigned_to_me = fields.Boolean()
    assigned_until = _maybe()
    outcome = _maybe()
    version = fields.Integer()


class ModerationCase(GroupCase):
    """A case in the platform's queue. `opened_by` blocks: several people blocked the person, and it is not said who."""

    group_id = _maybe()
    queue = word("admin", "platform")
    opened_by = word(*OPENED_BY)
    target_id = ident()
    pair_id = _maybe()
    subjects = fields.List(ident())
    held = fields.List(ident(), metadata={"description": "pairs that are paused for review by this case"})
    assignee_id = _maybe()
    open_appeals = fields.Integer()


class Addition(Strict):
    """What the same person added to their report."""

    reason = word(*REASONS)
    muted = fields.Boolean()
    text = _maybe()
    at = moment()


class CaseReport(Strict):
    report_id = ident()
    reporter_id = ident()
    subject_id = _maybe()
    reason = word(*REASONS)
    text = _maybe()
    muted = fields.Boolean(metadata={"description": "kept without effect, as its reporter is muted"})
    additions = fields.List(fields.Nested(Addition))
    filed_at = moment()
    evidence = word("none", "awaited", "here")
    other_reports_by = fields.Integer(metadata={"description": "by the reporter, in other cases"})
    led_to_action = fields.Integer(metadata={"description": "how many of these led to an action"})
    other_reports_about = fields.Integer(metadata={"description": "about the person concerned, in other cases"})


class CaseAction(Strict):
    action_id = ident()
    action = word(*ACTIONS)
    subject_id = _maybe()
    by = ident()
    policies = fields.List(fields.String())
    rationale = _maybe()
    message = _maybe()
    until = _maybe()
    at = moment()


class CaseAppeal(Strict):
    appeal_id = ident()
    action_id = ident()
    text = _maybe()
    filed_at = moment()
    assignee_id = _maybe()
    assigned_until = _maybe()
    result = _maybe()


class CaseAnswer(ModerationCase):
    """One case in full, for who may handle it. A group admin gets `GroupCase` with `actions`."""

    reported = fields.List(fields.Nested(CaseReport))
    actions = fields.List(fields.Nested(CaseAction))
    appeals = fields.List(fields.Nested(CaseAppeal))


class GroupCaseAnswer(GroupCase):
    actions = fields.List(fields.Nested(CaseAction))


class GroupCasesAnswer(Strict):
    items = fields.List(fields.Nested(GroupCase), required=True)
    next = fields.Raw(allow_none=True)


class ModerationCasesAnswer(Strict):
    items = fields.List(fields.Nested(ModerationCase), required=True)
    next = fields.Raw(allow_none=True)


class MessageVersion(Strict):
    """The text as it was sent or edited; `salt` with it makes the `commitment` that stands in the log."""

    text = fields.String()
    salt = _maybe()
    at = moment()
    commitment = word()


class DisclosedMessage(Strict):
    """`verified`: the log proves every version of it."""

    message_id = ident()
    sender_id = ident()
    deleted = fields.Boolean()
    versions = fields.List(fields.Nested(MessageVersion))
    verified = fields.Boolean()


class EvidenceItem(Strict):
    """What one report disclosed; to triage the reported message alone. `messages` is null until it is disclosed."""

    report_id = ident()
    message_id = ident()
    status = word("awaited", "here", "unreadable", "removed")
    messages = fields.List(fields.Nested(DisclosedMessage), allow_none=True)


class EvidenceAnswer(Strict):
    case_id = ident()
    items = fields.List(fields.Nested(EvidenceItem), required=True)


class SanctionedAnswer(Strict):
    """`people`: person id to {kind: suspended | restricted, until, since}.

    `sessions_ended`: person id to the last moment at which a suspension began, also where it is over.
    """

    people = fields.Dict(required=True)
    sessions_ended = fields.Dict(required=True)


class Statement(Strict):
    """A statement of reasons (TS-17): never who reported."""

    case_id = ident()
    action_id = ident()
    action = word(*ACTIONS)
    policies = fields.List(fields.String())
    message = _maybe()
    scope = word("platform", "program")
    program_id = _maybe()
    at = moment()
    until = _maybe()
    lifted_at = _maybe()
    automated = fields.Boolean()
    decided_by = fields.String()
    appeal = word("none", "open", "pending", "decided", "too-late")
    appeal_before = _maybe()
    appeal_result = _maybe()
    appeal_message = _maybe()
    text = fields.String(metadata={"description": "all of it in the language that was asked for"})


class StatementsAnswer(Strict):
    """`age`: whether the person is paused because somebody said that they may be under 18."""

    age = word("unknown", "disputed", "confirmed")
    age_text = _maybe()
    items = fields.List(fields.Nested(Statement), required=True)


class ReporterAnswer(Strict):
    person_id = ident()


class MutedReporter(Strict):
    """Whose reports are kept without effect, since when and why (TS-24)."""

    person_id = ident()
    by = ident()
    reason = _maybe()
    since = moment()
    until = _maybe()


class MutedReportersAnswer(Strict):
    items = fields.List(fields.Nested(MutedReporter), required=True)
    next = fields.Raw(allow_none=True)


class AuditEntry(Strict):
    """Who did what, and who looked (TS-23)."""

    id = ident()
    at = moment()
    by = ident()
    what = word()
    case_id = _maybe()
    detail = _maybe()


class AuditAnswer(Strict):
    items = fields.List(fields.Nested(AuditEntry), required=True)
    next = fields.Raw(allow_none=True)


class SourceCount(Strict):
    service = word()
    type = word()
    events = fields.Integer()


class SourcesAnswer(Strict):
    items = fields.List(fields.Nested(SourceCount), required=True)
