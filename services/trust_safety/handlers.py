"""Commands of trust and safety: command → decide → append."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema

from services.trust_safety import inner, policy, terms
from services.trust_safety.apart import kept_apart
from services.trust_safety.domain import age, appeals, block, blocked, handling, keeping, looks, mute, reports, standing
from services.trust_safety.domain.case import Dossier, stream_of_case, stream_of_target
from services.trust_safety.domain.evolving import DOSSIER
from services.trust_safety.domain.limits import REPORTS
from services.trust_safety.evidence import new_key
from services.trust_safety.looking import look_facts, view_case
from services.trust_safety.targets import find_target
from shared.application.table import Allow, Decide, Handler, Reads
from shared.contracts import trust_safety_api as api
from shared.kernel.errors import NotFound
from shared.kernel.events import Data, Event


def _target_stream(command: Data) -> str:
    return stream_of_target(command["secret"], command["target"]["kind"], command["target"]["id"])


def _case_stream(command: Data) -> str:
    return stream_of_case(command.get("case_id") or command["appeal_id"])


def _standing_stream(command: Data) -> str:
    return f"standing-{command['person_id']}"


def _target_facts(reads: Reads, _state: Any, command: Data) -> Data:
    kind, reporter_id = command["target"]["kind"], command["actor_id"]
    found = find_target(reads, kind, command["target"]["id"], reporter_id)
    filings = reads.find("filings", {"reporter_id": reporter_id}, order="-at", limit=REPORTS)
    return {
        "found": found,
        "key": new_key() if found and kind == "message" else None,
        "muted": reads.get("mutes", reporter_id) is not None,
        "latest": [filing["at"] for filing in filings],
    }


def _mute_facts(reads: Reads, _state: Any, command: Data) -> Data:
    moderator_id, reporter_id = command["actor_id"], command["person_id"]
    filed = reads.count("reports", {"reporter_id": reporter_id})
    about_them = reads.count("reports", {"reporter_id": reporter_id, "subject_id": moderator_id})
    apart = moderator_id == reporter_id or kept_apart(reads, moderator_id, (), (reporter_id,))
    return {"may_judge": filed > 0 and about_them == 0 and not apart}


def _handling_facts(reads: Reads, dossier: Dossier, command: Data) -> Data:
    """Nobody handles a case in which they block or are blocked by somebody concerned, and nobody tells them why
    (TS-12, BL-10). Raises NotFound."""
    case = dossier.cases.get(command.get("case_id") or appeals.case_of_appeal(command["appeal_id"]))
    if case and kept_apart(reads, command["actor_id"], case.subjects, case.reports.keys()):
        raise NotFound
    return {"appeal_window": terms.APPEAL_WINDOW}


def _case_version(dossier: Dossier, command: Data) -> int:
    """Other cases about the same target make none of this one stale, and tell nobody of themselves."""
    return dossier.case(command.get("case_id") or appeals.case_of_appeal(command["appeal_id"])).version


def _report_id(events: Sequence[Event]) -> Data:
    """The first event is ReportFiled or ReportRepeated: a report is answered the same, however often it is sent."""
    return {"report_id": events[0].data["report_id"]}


def _appeal_ids(events: Sequence[Event]) -> Data:
    """Nothing of where the case is kept, which would say in which group the person was reported (TS-17)."""
    return {name: events[0].data[name] for name in ("case_id", "action_id", "appeal_id")}


def _handling(schema: Schema, decide: Decide, allow: Allow = policy.handle) -> Handler:
    return Handler(
        schema,
        DOSSIER,
        _case_stream,
        decide,
        allow=allow,
        facts=_handling_facts,
        versioned=True,
        version=_case_version,
    )


FILE_REPORT = Handler(
    api.FileReport(),
    DOSSIER,
    _target_stream,
    reports.file_report,
    allow=policy.anyone,
    facts=_target_facts,
    answer=_report_id,
    named_with="case-ids",
)
ASSIGN_CASE = _handling(api.OfCase(), handling.assign_case, policy.sort)
ESCALATE_CASE = _handling(api.OfCase(), handling.escalate_case, policy.sort)
ACT_ON_CASE = _handling(api.ActOnCase(), handling.act_on_case, policy.act)
CLOSE_CASE = _handling(api.CloseCase(), handling.close_case)
VIEW_CASE = Handler(api.OfCase(), looks.LOOKS, looks.stream, view_case, allow=policy.anyone, facts=look_facts)
VIEW_EVIDENCE = _handling(api.OfCase(), handling.view_evidence, policy.look_at_evidence)
FILE_APPEAL = Handler(
    api.FileAppeal(), DOSSIER, _case_stream, appeals.file_appeal, allow=policy.anyone, answer=_appeal_ids
)
ASSIGN_APPEAL = _handling(api.OfAppeal(), appeals.assign_appeal, policy.decide_appeal)
DECIDE_APPEAL = _handling(api.DecideAppeal(), appeals.decide_appeal, policy.decide_appeal)

RECEIVE_EVIDENCE = Handler(inner.ReceiveEvidence(), DOSSIER, _case_stream, reports.receive_evidence)
ESCALATE_OVERDUE = Handler(api.OfCase(), DOSSIER, _case_stream, handling.escalate_overdue)
DESTROY_EVIDENCE = Handler(api.OfCase(), DOSSIER, _case_stream, keeping.destroy_evidence)


def _standing(schema: Schema, decide: Decide) -> Handler:
    return Handler(schema, standing.STANDING, _standing_stream, decide)


APPLY_SANCTION = _standing(inner.ApplySanction(), standing.apply_sanction)
SHORTEN_SANCTION = _standing(inner.ShortenSanction(), standing.shorten_sanction)
END_SANCTION = _standing(inner.OfSanction(), standing.end_sanction)
LIFT_SANCTIONS = _standing(inner.LiftSanctions(), standing.lift_sanctions)


def _age(decide: Decide) -> Handler:
    return Handler(inner.OfPerson(), age.AGE, age.stream, decide)


DISPUTE_AGE, CONFIRM_ADULT, RESET_ADULT = map(_age, (age.dispute_age, age.confirm_adult, age.reset_adult))


def _mute(schema: Schema, decide: Decide, allow: Allow | None = None) -> Handler:
    return Handler(schema, mute.MUTE, mute.stream, decide, allow=allow, facts=_mute_facts)


MUTE_REPORTER = _mute(api.MuteReporter(), mute.mute_reporter, policy.mute)
UNMUTE_REPORTER = _mute(api.OfReporter(), mute.unmute_reporter, policy.mute)
END_MUTE = _mute(api.OfReporter(), mute.end_mute)

COUNT_BLOCK = Handler(inner.CountBlock(), blocked.BLOCKED, blocked.stream, blocked.count_block)
OPEN_FOR_BLOCKS = Handler(
    inner.OpenForBlocks(), DOSSIER, _target_stream, reports.open_for_blocks, named_with="case-ids"
)
REGISTER_BLOCK = Handler(inner.OfCouple(), block.BLOCK, block.stream, block.register_block)
REGISTER_UNBLOCK = Handler(inner.OfCouple(), block.BLOCK, block.stream, block.register_unblock)
