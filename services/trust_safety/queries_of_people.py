"""What people read about themselves, and what operators read about the whole."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.trust_safety import policy
from services.trust_safety.domain.age import UNKNOWN
from services.trust_safety.domain.rules import GIVES_BACK, TOLD
from services.trust_safety.statements import catalogue, in_words
from shared.application.table import Asked, Reads
from shared.auth.tokens import LONGEST
from shared.kernel.clock import from_text, to_text
from shared.kernel.events import Data

_MANY = 100_000
_TOKENS_LAST = timedelta(seconds=LONGEST, hours=1)

OUTCOMES = {
    "action-taken": "We looked at what you reported and took action.",
    "no-action": "We looked at what you reported and found nothing that we act on. You can still block the person.",
}
"""What a reporter hears: nothing about the other's data (TS-18)."""


_UNOPENED: Data = {"status": "open", "assignee_id": None, "outcome": None}
"""What a muted reporter reads of a report that opened no case: that it was received (TS-24)."""


def my_reports(asked: Asked) -> Data:
    """The asker's reports, the latest first."""
    page = asked.reads.page(
        "reports",
        {"reporter_id": asked.actor.id},
        order="-order",
        cursor=asked.params["cursor"],
        limit=asked.params["limit"],
    )
    ids = sorted({report["case_id"] for report in page["items"]})
    cases = asked.reads.get_many("cases", ids)
    return {
        "items": [_report(report, cases.get(report["case_id"], _UNOPENED)) for report in page["items"]],
        "next": page["next"],
    }


def _report(report: Data, case: Data) -> Data:
    names = ("target_kind", "target_id", "reason", "filed_at")
    status = "received" if case["status"] == "open" and case["assignee_id"] is None else "in-review"
    return {
        "report_id": report["id"],
        **{name: report[name] for name in names},
        "status": "closed" if case["status"] == "closed" else status,
        "outcome": OUTCOMES[case["outcome"]] if case["outcome"] else None,
    }


def my_statements(asked: Asked) -> Data:
    """What was done about the asker, why, for how long, and how to appeal (TS-17), the latest first."""
    where = {"subject_id": asked.actor.id, "action": {"$in": sorted(TOLD | GIVES_BACK)}}
    found = asked.reads.find("actions", where, order="-order", limit=200)
    items = [_statement(asked, action) for action in found]
    age, language = (asked.reads.get("ages", asked.actor.id) or {}).get("status", UNKNOWN), asked.params["language"]
    return {
        "age": age,
        "age_text": catalogue(language)["age"][age],
        "items": [{**item, "text": in_words(item, language)} for item in items],
    }


def _statement(asked: Asked, action: Data) -> Data:
    before = action["appeal_before"]
    return {
        "case_id": action["case_id"],
        "action_id": action["id"],
        "action": action["action"],
        "policies": action["policies"],
        "message": asked.reads.open(action["message"]),
        "scope": "program" if action["program_id"] else "platform",
        "program_id": action["program_id"],
        "at": action["at"],
        "until": action["until"],
        "lifted_at": action.get("lifted_at"),
        "automated": False,
        "decided_by": "The moderation team",
        "appeal": _appeal_state(action, asked.now) if before else "none",
        "appeal_before": before,
        "appeal_result": action.get("appeal_result"),
        "appeal_message": asked.reads.open(action.get("appeal_message")),
    }


def _appeal_state(action: Data, now: datetime) -> str:
    if "appeal_id" not in action:
        return "open" if now <= from_text(action["appeal_before"]) else "too-late"
    return "decided" if action["appeal_result"] else "pending"


def sanctioned(asked: Asked) -> Data:
    """Everybody who is suspended or restricted now, for the gateway. A sanction stands until the clock's own event ends
    it, so a late clock never lets anybody in early. And who was suspended of late, since when, whatever came after."""
    policy.gateway(asked.actor)
    of_late = to_text(asked.now - _TOKENS_LAST)
    return {
        "people": {found["id"]: _standing(found) for found in asked.reads.find("standing", {}, limit=_MANY)},
        "sessions_ended": {
            found["id"]: found["at"]
            for found in asked.reads.find("sessions_ended", {}, order="at", after=of_late, limit=_MANY)
        },
    }


def _standing(found: Data) -> Data:
    return {name: found[name] for name in ("kind", "until", "since")}


def audit(asked: Asked) -> Data:
    """What moderators and admins did and looked at, the latest first (TS-23)."""
    policy.one_of(asked.actor, "operator", "owner")
    page = asked.reads.page("audit", {}, order="-order", cursor=asked.params["cursor"], limit=asked.params["limit"])
    names = ("id", "at", "by", "what", "case_id", "detail")
    return {"items": [{name: entry[name] for name in names} for entry in page["items"]], "next": page["next"]}


def sources(asked: Asked) -> Data:
    """How many events of each type have come from each service."""
    policy.one_of(asked.actor, "operator", "owner")
    return {"items": [_count(name, counts) for name, counts in sorted(_counts(asked.reads).items())]}


def _counts(reads: Reads) -> dict[tuple[str, str], int]:
    total: dict[tuple[str, str], int] = {}
    for found in reads.find("sources", {}, limit=_MANY):
        name = (found["service"], found["type"])
        total[name] = total.get(name, 0) + found["events"]
    return total


def _count(name: tuple[str, str], events: int) -> Data:
    return {"service": name[0], "type": name[1], "events": events}
