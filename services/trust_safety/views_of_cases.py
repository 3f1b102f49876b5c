"""Own events → cases, reports, actions, appeals, looks, the audit, and what falls due of them."""

from __future__ import annotations

from collections.abc import Sequence

from services.trust_safety.domain.rules import SEVERITY, URGENT, appeal_before
from shared.kernel.events import Event
from shared.privacy.sealing import reference
from shared.views.changes import Change, ViewFunction, amend, amend_existing, put, remove


def order_of(event: Event) -> str:
    return f"{event.recorded_at}/{event.id}"


def _case(event: Event, **fields: object) -> Change:
    """`version` is what `If-Match` is compared with."""
    return put("cases", event.data["case_id"], version=event.seq, **fields)


def _placed(event: Event, **fields: object) -> Change:
    return _case(event, queue=event.data["queue"], group_id=event.data.get("group_id"), **fields)


def audited(event: Event, detail: str | None = None) -> Change:
    return put(
        "audit",
        event.id,
        order=order_of(event),
        at=event.recorded_at,
        by=event.actor,
        what=event.type,
        case_id=event.data.get("case_id"),
        detail=detail,
    )


def _report_filed(event: Event) -> Sequence[Change]:
    data = event.data
    return [
        put(
            "reports",
            data["report_id"],
            order=order_of(event),
            case_id=data["case_id"],
            reporter_id=data["reporter_id"],
            subject_id=data.get("subject_id"),
            target_kind=data["target_kind"],
            target_id=data["target_id"],
            reason=data["reason"],
            muted=bool(data.get("muted")),
            text=reference(event, "text"),
            filed_at=event.recorded_at,
        ),
        *_filing(event),
        *(_without_effect(event) if data.get("muted") else _counted(event)),
    ]


def _report_repeated(event: Event) -> Sequence[Change]:
    data, muted = event.data, bool(event.data.get("muted"))
    addition = {"reason": data["reason"], "muted": muted, "text": reference(event, "text"), "at": event.recorded_at}
    added = [amend("reports", data["report_id"], push={"additions": addition}), *_filing(event)]
    if muted:
        return [*added, *_without_effect(event)]
    if data.get("counts_now"):
        return [*added, put("reports", data["report_id"], muted=False), *_counted(event)]
    return [*added, _case(event), amend("cases", data["case_id"], add={"reasons": data["reason"]})]


def _filing(event: Event) -> list[Change]:
    """What counts for the limit of its reporter (TS-32)."""
    if SEVERITY[event.data["reason"]] == URGENT:
        return []
    return [put("filings", event.id, reporter_id=event.data["reporter_id"], at=event.recorded_at)]


def _counted(event: Event) -> list[Change]:
    data, case_id = event.data, event.data["case_id"]
    changes = [
        _case(event),
        amend("cases", case_id, inc={"reports": 1}, add={"reasons": data["reason"], "reporters": data["reporter_id"]}),
        *(amend("cases", case_id, add=part) for part in _parts(event)),
    ]
    if data.get("evidence_key"):
        key = reference(event, "evidence_private")
        changes.append(put("evidence", data["report_id"], case_id=case_id, message_id=data["target_id"], key=key))
    return changes


def _without_effect(event: Event) -> list[Change]:
    """Of a muted reporter: who has a part in an open case is still to be known, and the version of its stream. A case
    that nobody else's report has opened is not there (TS-24)."""
    case_id = event.data["case_id"]
    parts = [{"reporters": event.data["reporter_id"]}, *_parts(event)]
    version = amend_existing("cases", case_id, set={"version": event.seq})
    return [version, *(amend_existing("cases", case_id, add=part) for part in parts)]


def _parts(event: Event) -> list[dict[str, str]]:
    reporter, subject = event.data["reporter_id"], event.data.get("subject_id")
    return [{"people": reporter}, *([{"people": subject}, {"subjects": subject}] if subject else [])]


def _case_opened(event: Event) -> Sequence[Change]:
    data, case_id = event.data, event.data["case_id"]
    names = {name: data.get(name) for name in ("target_kind", "target_id", "pair_id", "program_id", "subject_id")}
    names["opened_by"] = data.get("opened_by", "report")
    opened = _placed(event, **names, status="open", opened_at=event.recorded_at, assignee_id=None, outcome=None)
    due = {"at": data["due_at"], "command": "escalate_overdue", "data": {"case_id": case_id}}
    subject = data.get("subject_id")
    about = [amend("cases", case_id, add={"people": subject, "subjects": subject})] if subject else []
    return [opened, *about, _urgency(event), put("due", f"case/{case_id}", **due)]


def _urgency(event: Event) -> Change:
    """The most urgent first, then what is due first."""
    data = event.data
    order = f"{data['severity']}/{data['due_at']}/{data['case_id']}"
    return put("cases", data["case_id"], severity=data["severity"], due_at=data["due_at"], order=order)


def _case_raised(event: Event) -> Sequence[Change]:
    """A case that is escalated already falls due no more."""
    due = amend_existing("due", f"case/{event.data['case_id']}", set={"at": event.data["due_at"]})
    return [_placed(event), _urgency(event), due]


def _evidence_received(event: Event) -> Sequence[Change]:
    return [_placed(event), put("reports", event.data["report_id"], evidence="here")]


def _case_assigned(event: Event) -> Sequence[Change]:
    data = event.data
    return [
        _placed(event, assignee_id=data["assignee_id"], assigned_until=data["until"], assigned_queue=data["queue"]),
        audited(event),
    ]


def _case_escalated(event: Event) -> Sequence[Change]:
    gone: dict[str, object] = {"assignee_id": None} if event.data.get("by") else {}
    case_id = event.data["case_id"]
    return [_placed(event, status="escalated", **gone), remove("due", f"case/{case_id}"), audited(event)]


def _evidence_viewed(event: Event) -> Sequence[Change]:
    look = f"{event.data['case_id']}/{event.data['by']}"
    return [_placed(event), put("looks", look, at=event.recorded_at), audited(event)]


def _case_viewed(event: Event) -> Sequence[Change]:
    return [audited(event)]


def _action_taken(event: Event) -> Sequence[Change]:
    data = event.data
    names = {name: data.get(name) for name in ("case_id", "action", "subject_id", "program_id", "by", "policies")}
    sealed = {name: reference(event, name) for name in ("rationale", "message")}
    when = {"until": data.get("until"), "appeal_before": appeal_before(event), "at": event.recorded_at}
    fields = {**names, **sealed, **when, "order": order_of(event)}
    return [_placed(event), put("actions", data["action_id"], **fields), audited(event, data["action"])]


def _case_closed(event: Event) -> Sequence[Change]:
    """Where an action settled the case, that act is in the audit already: one entry for each act (TS-23)."""
    outcome, case_id = event.data["outcome"], event.data["case_id"]
    closed = _placed(
        event, status="closed", closed_at=event.recorded_at, outcome=outcome, assignee_id=None, **_kept(event)
    )
    acts = [audited(event, outcome)] if event.index == 0 else []
    return [closed, remove("due", f"case/{case_id}"), *_evidence_due(event), *acts]


def _kept(event: Event) -> dict[str, object]:
    until = event.data.get("evidence_until")
    return {"evidence_until": until} if until else {}


def _evidence_due(event: Event) -> list[Change]:
    """The evidence of a case ends by the clock (EV-09)."""
    case_id, until = event.data["case_id"], event.data.get("evidence_until")
    due = {"at": until, "command": "destroy_evidence", "data": {"case_id": case_id}}
    return [put("due", f"evidence/{case_id}", **due)] if until else []


def _evidence_destroyed(event: Event) -> Sequence[Change]:
    return [_placed(event, evidence_until=None), remove("due", f"evidence/{event.data['case_id']}")]


def _appeal_filed(event: Event) -> Sequence[Change]:
    data, at = event.data, event.recorded_at
    appeal = {"case_id": data["case_id"], "action_id": data["action_id"], "text": reference(event, "text")}
    return [
        _placed(event),
        remove("due", f"evidence/{data['case_id']}"),
        amend("cases", data["case_id"], inc={"open_appeals": 1}),
        put("appeals", data["appeal_id"], **appeal, filed_at=at, result=None),
        put("actions", data["action_id"], appeal_id=data["appeal_id"], appeal_result=None),
    ]


def _appeal_assigned(event: Event) -> Sequence[Change]:
    data = event.data
    held = {"assignee_id": data["assignee_id"], "assigned_until": data["until"]}
    return [_placed(event), put("appeals", data["appeal_id"], **held), audited(event)]


def _appeal_decided(event: Event) -> Sequence[Change]:
    data = event.data
    ends = {"until": data["until"]} if data.get("until") else {}
    result = {"appeal_result": data["result"], "appeal_message": reference(event, "message")}
    return [
        _placed(event, **_kept(event)),
        *_evidence_due(event),
        amend("cases", data["case_id"], inc={"open_appeals": -1}),
        put("appeals", data["appeal_id"], result=data["result"]),
        put("actions", data["action_id"], **result, **ends),
        audited(event, data["result"]),
    ]


def _pair_held(event: Event) -> Sequence[Change]:
    return [_case(event), amend("cases", event.data["case_id"], add={"held": event.data["pair_id"]})]


def _pair_released(event: Event) -> Sequence[Change]:
    return [_case(event), amend("cases", event.data["case_id"], pull={"held": event.data["pair_id"]})]


VIEWS: dict[str, ViewFunction] = {
    "trust_safety.ReportFiled": _report_filed,
    "trust_safety.ReportRepeated": _report_repeated,
    "trust_safety.CaseOpened": _case_opened,
    "trust_safety.CaseRaised": _case_raised,
    "trust_safety.EvidenceReceived": _evidence_received,
    "trust_safety.CaseAssigned": _case_assigned,
    "trust_safety.CaseEscalated": _case_escalated,
    "trust_safety.CaseViewed": _case_viewed,
    "trust_safety.EvidenceViewed": _evidence_viewed,
    "trust_safety.ActionTaken": _action_taken,
    "trust_safety.CaseClosed": _case_closed,
    "trust_safety.AppealFiled": _appeal_filed,
    "trust_safety.AppealAssigned": _appeal_assigned,
    "trust_safety.AppealDecided": _appeal_decided,
    "trust_safety.EvidenceDestroyed": _evidence_destroyed,
    "trust_safety.PairHeld": _pair_held,
    "trust_safety.PairReleased": _pair_released,
}
