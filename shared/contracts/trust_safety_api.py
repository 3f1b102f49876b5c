"""Commands and questions of trust and safety."""

from __future__ import annotations

from datetime import MAXYEAR, datetime

from marshmallow import ValidationError, fields, validate

from shared.contracts.base import Page, Strict, flag, given_ident, ident, text, word
from shared.contracts.trust_safety import ACTIONS, APPEAL_RESULTS, REASONS, TARGETS

STATUSES = ("open", "assigned", "escalated", "closed")
OUTCOMES = ("action-taken", "no-action")
MAX_TEXT = 2000
LANGUAGES = ("en", "ar")
"""In which statements of reasons are written."""


def _end() -> fields.AwareDateTime:
    """When a sanction or a mute ends."""
    return fields.AwareDateTime(load_default=None, allow_none=True, validate=_within_the_calendar)


def _within_the_calendar(moment: datetime) -> None:
    """Near its end no zone can be changed into another."""
    if moment.year >= MAXYEAR:
        raise ValidationError("Lies too far ahead.")


def policy_name() -> fields.String:
    """A policy's short name, such as `respect` or `safety-4.2`: it stands in clear, so it cannot be a sentence."""
    return fields.String(validate=validate.Regexp(r"\A[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}\Z"))


class ReportTarget(Strict):
    """What is reported."""

    kind = word(*TARGETS)
    id = given_ident()


class FileReport(Strict):
    """Report something. `other` needs a text; `to` is who should look first.

    Admins of the group are not told who reported, nor whether it was a message or a pair; but where the person has one
    pair they can guess, so a reporter who must not be guessed chooses `platform`.
    """

    target = fields.Nested(ReportTarget, required=True)
    reason = word(*REASONS)
    text = text(MAX_TEXT, minimum=0, required=False, allow_none=True, load_default=None)
    to = word("admin", "platform", required=False, load_default="platform")


class OfCase(Strict):
    """A case, named by its id."""

    case_id = ident()


class ActOnCase(OfCase):
    """Everything but `note`, `dismiss` and `release-pair` needs a policy, a rationale for colleagues and a message to
    the person.

    `until` ends a restriction, suspension or removal by itself; a suspension needs it. `close`: whether the action
    settles the case. `subject_id` is for a case with reports about both sides of a pair. `action_id` is for
    `reinstate`: the one sanction that it lifts; without it all that the case imposed on the person. `release-pair` lets
    the pair go on that the case pauses for review; `confirm-adult` lifts a pause for age and stands until
    `reset-adult`.
    """

    action = word(*ACTIONS)
    policies = fields.List(policy_name(), load_default=list, validate=validate.Length(max=10))
    rationale = text(MAX_TEXT, minimum=0, required=False, allow_none=True, load_default=None)
    message = text(MAX_TEXT, minimum=0, required=False, allow_none=True, load_default=None)
    until = _end()
    close = flag(required=False, load_default=True)
    subject_id = given_ident(required=False, allow_none=True, load_default=None)
    action_id = ident(required=False, allow_none=True, load_default=None)


class CloseCase(OfCase):
    """The outcome follows from the actions that were taken; one that contradicts them is refused."""

    outcome = word(*OUTCOMES, required=False, allow_none=True, load_default=None)


class FileAppeal(OfCase):
    """The person concerned asks for another look at one action."""

    action_id = ident()
    text = text(MAX_TEXT)


class OfAppeal(Strict):
    """An appeal, named by its id."""

    appeal_id = ident()


class DecideAppeal(OfAppeal):
    """`message` is to who appealed. `until` is the new end of a reduced sanction; without it half of what is left, or
    30 days where it had no end."""

    result = word(*APPEAL_RESULTS)
    message = text(MAX_TEXT)
    until = _end()


class OfReporter(Strict):
    person_id = given_ident()


class MuteReporter(OfReporter):
    """What this person reports is kept and changes nothing, except what is most urgent. `until` ends it by itself."""

    reason = text(MAX_TEXT)
    until = _end()


class MutedReporters(Page):
    pass


class MyReports(Page):
    pass


class CasesOfGroup(Page):
    group_id = ident()
    status = word(*STATUSES, required=False, allow_none=True, load_default=None)


class ModerationCases(Page):
    """`appealed`: cases with an appeal that waits for a second person."""

    status = word(*STATUSES, "appealed", required=False, allow_none=True, load_default=None)


class Nothing(Strict):
    """A question without parameters."""


class MyStatements(Strict):
    language = word(*LANGUAGES, required=False, load_default=LANGUAGES[0])


class Audit(Page):
    pass
