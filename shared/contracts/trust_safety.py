"""Events of trust and safety: reports, cases, actions, appeals, blocks and people's standing."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, validates_schema

from shared.contracts.base import EventSchema, PairEvent, flag, ident, internal, moment, sealed, word

REASONS = (
    "harassment",
    "hate",
    "sexual-content",
    "threat-or-violence",
    "self-harm",
    "may-be-under-18",
    "scam-or-money",
    "off-platform-pressure",
    "impersonation",
    "spam",
    "other",
)
TARGETS = ("message", "person", "pair", "program")
ACTIONS = (
    "note",
    "dismiss",
    "warn",
    "restrict",
    "suspend",
    "ban",
    "remove-from-program",
    "reinstate",
    "release-pair",
    "confirm-adult",
    "reset-adult",
)
CONCERN_NOBODY = ("note", "dismiss", "release-pair")
"""The actions that are between moderators: everything else is about one person, who is given the reasons."""
SANCTIONS = ("restrict", "suspend", "ban", "remove-from-program")
"""The actions that last, and can be lifted one by one."""
OPENED_BY = ("report", "blocks")
APPEAL_RESULTS = ("uphold", "reduce", "withdraw")


class ReportFiled(EventSchema):
    """Somebody reported a target. No text in clear, no evidence, no name (TS-06).

    `evidence_key` is the public JWK to which conversations encrypts what the report discloses; its private half is
    sealed with a key of this report's own, which ends with the evidence (EV-09). `muted`: it is kept without
    effect, and asks for no evidence (TS-24).
    """

    audience = ("reporter_id",)
    report_id = ident()
    case_id = ident()
    target_kind = word(*TARGETS)
    target_id = ident()
    pair_id = ident(required=False, allow_none=True)
    subject_id = ident(required=False, allow_none=True)
    reporter_id = ident()
    reason = word(*REASONS)
    to = word("admin", "platform")
    muted = flag(required=False)
    evidence_key = internal(required=False, allow_none=True)
    evidence_private = sealed("content", owner="report_id", required=False)
    text = sealed("content", owner="reporter_id", scope="case_id", required=False)


class ReportRepeated(EventSchema):
    """The same person reported the same target again while its case is open: what they add joins their report.

    `counts_now`: it is the first of theirs that is not muted. It then says what it is about, and asks for the evidence.
    """

    audience = ("reporter_id",)
    report_id = ident()
    case_id = ident()
    reporter_id = ident()
    subject_id = ident(required=False, allow_none=True)
    reason = word(*REASONS)
    muted = flag(required=False)
    counts_now = flag(required=False)
    target_kind = word(*TARGETS, required=False)
    target_id = ident(required=False)
    pair_id = ident(required=False, allow_none=True)
    evidence_key = internal(required=False, allow_none=True)
    evidence_private = sealed("content", owner="report_id", required=False)
    text = sealed("content", owner="reporter_id", scope="case_id", required=False)


class _CaseEvent(EventSchema):
    case_id = ident()
    queue = word("admin", "platform")
    group_id = ident(required=False, allow_none=True)


class CaseOpened(_CaseEvent):
    """The first report of a target opened a case, or several people who blocked the same person (BL-12).

    `severity` is S0 (most urgent) to S3.
    """

    target_kind = word(*TARGETS)
    target_id = ident()
    pair_id = ident(required=False, allow_none=True)
    program_id = ident(required=False, allow_none=True)
    subject_id = ident(required=False, allow_none=True)
    severity = word("S0", "S1", "S2", "S3")
    opened_by = word(*OPENED_BY, required=False)
    due_at = moment()


class CaseRaised(_CaseEvent):
    """A later report, or blocks, made the case more urgent, or took it out of the group's queue into the platform's."""

    severity = word("S0", "S1", "S2", "S3")
    due_at = moment()


class EvidenceReceived(_CaseEvent):
    """What a report disclosed is now with the case, still encrypted."""

    report_id = ident()
    evidence_event_id = ident()


class CaseAssigned(_CaseEvent):
    """Somebody of its desk took the case until `until`. `to_sort`: as triage, from whom a moderator may take it."""

    assignee_id = ident()
    until = moment()
    to_sort = flag(required=False)


class CaseEscalated(_CaseEvent):
    """Handed up; `by` is absent when the clock did it."""

    by = ident(required=False, allow_none=True)


class CaseViewed(_CaseEvent):
    """A look at the case without its evidence, at the desk `queue`: appended before a byte is returned (TS-23).

    Whoever reads it again within five minutes is still looking.
    """

    by = ident()


class EvidenceViewed(_CaseEvent):
    """A look at the evidence: appended before a byte is returned (EV-06)."""

    by = ident()


class ActionTaken(_CaseEvent):
    """A graded action. The person concerned reads `message`; colleagues read `rationale`.

    `subject_id` is absent where nobody is told (note, dismiss, release-pair). `lifts` is the one sanction that a
    reinstatement ends; where it is absent, all that the case imposed on the person end. No other action is ever
    appended without a policy, a rationale, a message and whom it concerns (TS-13).
    """

    audience = ("subject_id",)
    action_id = ident()
    action = word(*ACTIONS)
    subject_id = ident(required=False, allow_none=True)
    program_id = ident(required=False, allow_none=True)
    by = ident()
    policies = internal()
    until = moment(required=False, allow_none=True)
    appeal_before = moment(required=False, allow_none=True)
    lifts = ident(required=False, allow_none=True)
    rationale = sealed("content", owner="case_id")
    message = sealed("content", owner="case_id", required=False)

    @validates_schema
    def _gives_its_reasons(self, data: dict[str, Any], **_kwargs: object) -> None:
        needed = ("policies", "rationale", "message", "subject_id")
        missing = [name for name in needed if not data.get(name)]
        if missing and data["action"] not in CONCERN_NOBODY:
            raise ValidationError({name: ["An action that concerns somebody needs it."] for name in missing})


class CaseClosed(_CaseEvent):
    """The case is done. `outcome`: action-taken or no-action; `reporter_ids` are told it (TS-18).

    `evidence_until`: when its evidence ends, unless an appeal waits then; absent where nothing was disclosed.
    """

    audience = ("reporter_ids",)
    outcome = word("action-taken", "no-action")
    by = ident()
    reporter_ids = internal()
    evidence_until = moment(required=False, allow_none=True)


class AppealFiled(_CaseEvent):
    """The person concerned asks for another look."""

    audience = ("by",)
    appeal_id = ident()
    action_id = ident()
    by = ident()
    text = sealed("content", owner="by", scope="case_id")


class AppealAssigned(_CaseEvent):
    """A second moderator took the review of an appeal until `until`."""

    appeal_id = ident()
    assignee_id = ident()
    until = moment()


class AppealDecided(_CaseEvent):
    """Another moderator decided it. `until` is the new end of a reduced sanction; `evidence_until` when the evidence
    ends, absent while another appeal of the case waits."""

    audience = ("subject_id",)
    appeal_id = ident()
    action_id = ident()
    subject_id = ident()
    by = ident()
    result = word(*APPEAL_RESULTS)
    until = moment(required=False, allow_none=True)
    evidence_until = moment(required=False, allow_none=True)
    message = sealed("content", owner="case_id", required=False)


class EvidenceDestroyed(_CaseEvent):
    """Appeal window and retention are over: the keys of these reports are destroyed, and nobody reads what they
    disclosed any more (EV-09)."""

    ends_space = "report_ids"
    report_ids = internal()


class PairHeld(PairEvent):
    """An urgent report (S0) pauses the pair for review at once. It is no sanction and names nobody (TS-22)."""

    audience = ()
    case_id = ident()


class PairReleased(PairEvent):
    """This case does not hold the pair any more."""

    audience = ()
    case_id = ident()


class PersonBlocked(EventSchema):
    """The registry's word on a block: no service lets anything pass between the two any more."""

    blocker_id = ident()
    blocked_id = ident()


class PersonUnblocked(EventSchema):
    """The blocker took it back. Nothing reopens."""

    blocker_id = ident()
    blocked_id = ident()


class BlockCounted(EventSchema):
    """One more person blocked somebody, `at` a moment (BL-12)."""

    person_id = ident()
    blocker_id = ident()
    at = moment()


class BlocksGathered(EventSchema):
    """Three people blocked the same person within 30 days: it is for moderators to look at."""

    person_id = ident()


class ReporterMuted(EventSchema):
    """What a person reports is kept without effect from now on, until `until` or until it is lifted; what is
    most urgent counts all the same (TS-24). The person is not told."""

    person_id = ident()
    by = ident()
    until = moment(required=False, allow_none=True)
    reason = sealed("content", owner="by", scope="person_id")


class ReporterUnmuted(EventSchema):
    """What they report counts again. `by` is absent where the clock ended it."""

    person_id = ident()
    by = ident(required=False, allow_none=True)
    why = word("ended", "lifted")


class _StandingEvent(EventSchema):
    audience: ClassVar[tuple[str, ...]] = ("person_id",)
    person_id = ident()
    case_id = ident(required=False, allow_none=True)


class _SanctionEvent(_StandingEvent):
    audience: ClassVar[tuple[str, ...]] = ()
    action_id = ident()
    action = word(*SANCTIONS)
    program_id = ident(required=False, allow_none=True)


class SanctionImposed(_SanctionEvent):
    """One sanction of a person's, which stands beside any other. It ends at `until` (absent: when it is lifted)."""

    until = moment(required=False, allow_none=True)


class SanctionShortened(_SanctionEvent):
    """An appeal gave one sanction an earlier end."""

    until = moment()


class SanctionLifted(_SanctionEvent):
    """One sanction is over (`why`: ended by the clock, or lifted); others may still stand."""

    why = word("ended", "lifted")


class PersonRestricted(_StandingEvent):
    """What stands now, in place of what stood before: no new pairs and no sending until `until` (or until lifted)."""

    until = moment(required=False, allow_none=True)


class PersonSuspended(_StandingEvent):
    """What stands now, in place of what stood before: all of theirs stops until `until` (or until lifted)."""

    until = moment(required=False, allow_none=True)


class PersonReinstated(_StandingEvent):
    """Neither suspended nor restricted any more. Removals from programs go on."""


class PersonRemoved(_StandingEvent):
    """Removed from one program."""

    program_id = ident()


class PersonReadmitted(_StandingEvent):
    """The removal from one program is over: they may sign up there again."""

    program_id = ident()


class AgeDisputed(_StandingEvent):
    """Somebody said that a person may be under 18: paused until a moderator decides (PR-18)."""


class AgeConfirmed(_StandingEvent):
    """A moderator was shown that the person is an adult: no report pauses them again until this is reset."""


class AgeReset(_StandingEvent):
    """The confirmation is taken back: the next report that a person may be under 18 pauses them again."""
