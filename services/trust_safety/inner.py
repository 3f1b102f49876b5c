"""Commands that only the service itself gives: reactions and timers."""

from __future__ import annotations

from marshmallow import fields

from shared.contracts.base import Strict, ident, moment, word
from shared.contracts.trust_safety import SANCTIONS
from shared.contracts.trust_safety_api import ReportTarget


class OfCouple(Strict):
    blocker_id = ident()
    blocked_id = ident()


class OfPerson(Strict):
    person_id = ident()
    case_id = ident()


class CountBlock(Strict):
    """`at`: when the block was registered."""

    person_id = ident()
    blocker_id = ident()
    at = moment()


class OpenForBlocks(Strict):
    target = fields.Nested(ReportTarget, required=True)


class ReceiveEvidence(Strict):
    case_id = ident()
    report_id = ident()
    reporter_id = ident()
    evidence_event_id = ident()


class OfSanction(Strict):
    person_id = ident()
    action_id = ident()


class ApplySanction(OfSanction):
    case_id = ident()
    action = word(*SANCTIONS)
    program_id = ident(required=False, allow_none=True)
    until = moment(required=False, allow_none=True)


class ShortenSanction(OfSanction):
    until = moment()


class LiftSanctions(Strict):
    """One, by `action_id`, or all of a case."""

    person_id = ident()
    action_id = ident(required=False, allow_none=True)
    case_id = ident(required=False, allow_none=True)
