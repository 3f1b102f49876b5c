"""What follows from events: of conversations, and of our own cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from services.trust_safety.domain.rules import DISPUTES_AT_A_TIME, LASTING
from shared.application.table import Reaction, Reads, Then
from shared.kernel.events import Event

_MANY = 10_000


def _block(command: str) -> Reaction:
    def react(event: Event, _reads: Reads) -> Sequence[Then]:
        return [Then(command, {name: event.data[name] for name in ("blocker_id", "blocked_id")})]

    return react


def _blocked(event: Event, _reads: Reads) -> Sequence[Then]:
    data = event.data
    names = {"person_id": data["blocked_id"], "blocker_id": data["blocker_id"]}
    return [Then("count_block", {**names, "at": event.recorded_at})]


def _gathered(event: Event, _reads: Reads) -> Sequence[Then]:
    return [Then("open_for_blocks", {"target": {"kind": "person", "id": event.data["person_id"]}})]


def _evidence(event: Event, _reads: Reads) -> Sequence[Then]:
    names = {name: event.data[name] for name in ("case_id", "report_id", "reporter_id")}
    return [Then("receive_evidence", {**names, "evidence_event_id": event.id})]


def _action(event: Event, _reads: Reads) -> Sequence[Then]:
    data = event.data
    if data["action"] in LASTING:
        names = ("case_id", "action_id", "action", "program_id", "until")
        sanction = {name: data.get(name) for name in names}
        return [Then("apply_sanction", {**sanction, "person_id": data["subject_id"]})]
    lifting = _LIFTS.get(data["action"])
    if lifting is None:
        return []
    one = {"action_id": data["lifts"]} if data.get("lifts") else {}
    return [Then(lifting, {"person_id": data["subject_id"], "case_id": data["case_id"], **one})]


def _report(event: Event, reads: Reads) -> Sequence[Then]:
    """Who may be under 18 is paused at the first report of anybody who shares a space with them (PR-18). One person's
    word pauses few people at a time: what they report further is looked at first, as urgently as ever."""
    data = event.data
    if data["reason"] != "may-be-under-18" or not data.get("subject_id") or data.get("muted"):
        return []
    if _waiting(reads, data["reporter_id"], data["case_id"]) >= DISPUTES_AT_A_TIME:
        return []
    return [Then("dispute_age", {"person_id": data["subject_id"], "case_id": data["case_id"]})]


def _appeal(event: Event, _reads: Reads) -> Sequence[Then]:
    data = event.data
    sanction = {"person_id": data["subject_id"], "action_id": data["action_id"]}
    if data["result"] == "withdraw":
        return [Then("lift_sanctions", sanction)]
    if data["result"] == "reduce" and data.get("until"):
        return [Then("shorten_sanction", {**sanction, "until": data["until"]})]
    return []


def _waiting(reads: Reads, reporter_id: str, but: str) -> int:
    """How many other cases wait in which this person said so."""
    reports = reads.find("reports", {"reporter_id": reporter_id}, limit=_MANY)
    cases = reads.get_many("cases", {report["case_id"] for report in reports} - {but})
    return sum("may-be-under-18" in case.get("reasons", ()) and case["status"] != "closed" for case in cases.values())


_LIFTS = {"reinstate": "lift_sanctions", "confirm-adult": "confirm_adult", "reset-adult": "reset_adult"}

REACTIONS: Mapping[str, Callable[[Event, Reads], Sequence[Then]]] = {
    "conversations.BlockRequested": _block("register_block"),
    "conversations.UnblockRequested": _block("register_unblock"),
    "conversations.EvidenceDisclosed": _evidence,
    "trust_safety.PersonBlocked": _blocked,
    "trust_safety.BlocksGathered": _gathered,
    "trust_safety.ReportFiled": _report,
    "trust_safety.ReportRepeated": _report,
    "trust_safety.ActionTaken": _action,
    "trust_safety.AppealDecided": _appeal,
}
