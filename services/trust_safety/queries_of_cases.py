"""Cases as their group's admins and the platform's desk see them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.trust_safety import policy
from services.trust_safety.apart import Parties
from services.trust_safety.domain.errors import ConflictOfInterest
from services.trust_safety.domain.rules import GIVES_BACK, TOLD
from services.trust_safety.evidence import Unreadable, open_evidence
from services.trust_safety.proof import proven
from services.trust_safety.track_record import track_record
from shared.application.table import Asked, Reads
from shared.kernel.actor import Actor
from shared.kernel.clock import from_text, to_text
from shared.kernel.errors import NotFound
from shared.kernel.events import Data
from shared.privacy.sealing import REMOVED

LOOK_LASTS = timedelta(minutes=5)
"""How long after a look that is on record its evidence may be read."""

_OF_TWO = frozenset({"message", "pair"})
"""What one of the two alone can report: admins, who know who is paired, would know who did (TS-10)."""


def cases_of_group(asked: Asked) -> Data:
    """The group's own queue, without the cases that the asker has a part in."""
    group_id = asked.params["group_id"]
    policy.admin_of(asked.actor, group_id)
    return _page(asked, {"queue": "admin", "group_id": group_id}, _for_admin)


def moderation_cases(asked: Asked) -> Data:
    """The platform's queue, the most urgent first; `status=appealed` also finds appeals against what admins did."""
    policy.one_of(asked.actor, "moderator", "triage")
    own_groups = [group for group in asked.actor.groups if asked.actor.is_admin(group)]
    where: Data = {"group_id": {"$nin": own_groups}}
    if asked.params["status"] != "appealed":
        where["queue"] = "platform"
    if not asked.actor.is_moderator():
        where["status"] = "open"
    return _page(asked, where, _for_moderator)


def muted_reporters(asked: Asked) -> Data:
    """Whose reports are kept without effect; nobody finds themselves in it."""
    policy.moderator(asked.actor)
    where, cursor, limit = {"_id": {"$ne": asked.actor.id}}, asked.params["cursor"], asked.params["limit"]
    page = asked.reads.page("mutes", where, order="order", cursor=cursor, limit=limit)
    return {"items": [_mute(asked.reads, mute) for mute in page["items"]], "next": page["next"]}


def case(asked: Asked) -> Data:
    """One case; `_etag` is the version that `If-Match` names (TS-11). Raises NotFound, ConflictOfInterest."""
    found, desk = _case(asked)
    reads, version = asked.reads, {"_etag": found["version"]}
    actions = [_action(reads, action) for action in reads.find("actions", {"case_id": found["id"]}, order="order")]
    if desk == "admin":
        return {
            **_for_admin(found, asked),
            **version,
            "actions": actions,
        }
    reports = reads.find("reports", {"case_id": found["id"]}, order="order")
    appeals = reads.find("appeals", {"case_id": found["id"]})
    weighs = policy.weighs(asked.actor)
    return {
        **_for_moderator(found, asked),
        **version,
        "reported": [
            {**_report(reads, report), **(track_record(reads, report) if weighs else {})} for report in reports
        ],
        "actions": actions,
        "appeals": [_appeal(asked, appeal) for appeal in appeals],
    }


def evidence(asked: Asked) -> Data:
    """What the reports disclosed, for who holds the case or an appeal of it, right after a look that is on record
    (EV-06, EV-07). Raises NotFound."""
    found, desk = _case(asked)
    look = asked.reads.get("looks", f"{found['id']}/{asked.actor.id}")
    if look is None or from_text(look["at"]) + LOOK_LASTS < asked.now or not _may_look(found, desk, asked):
        raise NotFound
    items = asked.reads.find("evidence", {"case_id": found["id"]})
    return {"case_id": found["id"], "items": [_opened(asked, item) for item in items]}


def _case(asked: Asked) -> tuple[Data, str]:
    """With the desk at which it is seen. Raises NotFound, ConflictOfInterest."""
    found = asked.reads.get("cases", asked.params["case_id"])
    if found is None:
        raise NotFound
    return found, policy.see(asked.actor, found, Parties.of(asked.reads, found, asked.actor.id))


def _may_see(actor: Actor, found: Data, parties: Parties) -> bool:
    try:
        policy.see(actor, found, parties)
    except (NotFound, ConflictOfInterest):
        return False
    return True


def _may_look(found: Data, desk: str, asked: Asked) -> bool:
    if desk == "admin":
        return False
    if _holder(found, asked.now) == asked.actor.id:
        return True
    waiting = asked.reads.find("appeals", {"case_id": found["id"], "result": None})
    return any(_reviewer(appeal, asked.now) == asked.actor.id for appeal in waiting)


def _page(asked: Asked, where: Data, shape: Any) -> Data:
    """Cases that the asker could not open are left out; a page may be shorter for it."""
    status = asked.params["status"]
    if status == "appealed":
        where["open_appeals"] = {"$gt": 0}
    elif status is not None:
        where["status"] = "open" if status == "assigned" else status
    where["people"] = {"$ne": asked.actor.id}
    page = asked.reads.page("cases", where, order="order", cursor=asked.params["cursor"], limit=asked.params["limit"])
    parties = Parties.of_all(asked.reads, page["items"], asked.actor.id)
    items = [shape(found, asked) for found in page["items"] if _may_see(asked.actor, found, parties[found["id"]])]
    if status in {"open", "assigned"}:
        items = [item for item in items if item["status"] == status]
    return {"items": items, "next": page["next"]}


def _holder(found: Data, now: datetime) -> str | None:
    """Who works on it now: an assignment ends with its time, and when the case leaves the desk."""
    if found.get("assignee_id") is None or found["assigned_queue"] != found["queue"]:
        return None
    return str(found["assignee_id"]) if found["assigned_until"] > to_text(now) else None


def _reviewer(appeal: Data, now: datetime) -> str | None:
    """Who holds the appeal now."""
    return str(appeal["assignee_id"]) if appeal.get("assigned_until", "") > to_text(now) else None


def _for_admin(found: Data, asked: Asked) -> Data:
    holder = _holder(found, asked.now)
    return {
        "case_id": found["id"],
        "group_id": found["group_id"],
        "program_id": found["program_id"],
        "status": "assigned" if found["status"] == "open" and holder else found["status"],
        "target_kind": "person" if found["target_kind"] in _OF_TWO else found["target_kind"],
        "subject_id": found["subject_id"],
        "reasons": sorted(found.get("reasons", [])),
        "reports": found.get("reports", 0),
        "severity": found["severity"],
        "opened_at": found["opened_at"],
        "due_at": found["due_at"],
        "assigned_to_me": holder == asked.actor.id,
        "assigned_until": found["assigned_until"] if holder else None,
        "outcome": found["outcome"],
        "version": found["version"],
    }


def _for_moderator(found: Data, asked: Asked) -> Data:
    return {
        **_for_admin(found, asked),
        "queue": found["queue"],
        "opened_by": found.get("opened_by", "report"),
        "target_kind": found["target_kind"],
        "target_id": found["target_id"],
        "pair_id": found["pair_id"],
        "subjects": sorted(found.get("subjects", [])),
        "held": sorted(found.get("held", [])),
        "assignee_id": _holder(found, asked.now),
        "open_appeals": found.get("open_appeals", 0),
    }


def _report(reads: Reads, report: Data) -> Data:
    additions = report.get("additions", [])
    return {
        "report_id": report["id"],
        "reporter_id": report["reporter_id"],
        "subject_id": report["subject_id"],
        "reason": report["reason"],
        "text": reads.open(report["text"]),
        "muted": report.get("muted", False),
        "additions": [{"muted": False, **addition, "text": reads.open(addition["text"])} for addition in additions],
        "filed_at": report["filed_at"],
        "evidence": report.get("evidence") or ("awaited" if _discloses(report) else "none"),
    }


def _discloses(report: Data) -> bool:
    return report["target_kind"] == "message" and not report.get("muted")


def _mute(reads: Reads, mute: Data) -> Data:
    names = {name: mute[name] for name in ("by", "since", "until")}
    return {"person_id": mute["id"], **names, "reason": reads.open(mute["reason"])}


def _action(reads: Reads, action: Data) -> Data:
    return {
        "action_id": action["id"],
        "action": action["action"],
        "subject_id": action["subject_id"] if action["action"] in TOLD | GIVES_BACK else None,
        "by": action["by"],
        "policies": action["policies"],
        "rationale": reads.open(action["rationale"]),
        "message": reads.open(action["message"]),
        "until": action["until"],
        "at": action["at"],
    }


def _appeal(asked: Asked, appeal: Data) -> Data:
    reviewer = _reviewer(appeal, asked.now)
    return {
        "appeal_id": appeal["id"],
        "action_id": appeal["action_id"],
        "text": asked.reads.open(appeal["text"]),
        "filed_at": appeal["filed_at"],
        "assignee_id": reviewer,
        "assigned_until": appeal["assigned_until"] if reviewer else None,
        "result": appeal["result"],
    }


def _opened(asked: Asked, item: Data) -> Data:
    reads = asked.reads
    shown: Data = {"report_id": item["id"], "message_id": item["message_id"], "status": "awaited", "messages": None}
    if "sealed" not in item:
        return shown
    key = reads.open(item["key"])
    if key == REMOVED:
        return {**shown, "status": "removed"}
    try:
        messages = open_evidence(item["sealed"], key)
    except Unreadable:
        return {**shown, "status": "unreadable"}
    window = proven(reads, item, messages)
    if not policy.weighs(asked.actor):
        window = [message for message in window if message.get("message_id") == item["message_id"]]
    return {**shown, "status": "here", "messages": window}
