"""What follows from events: of conversations, and of our own cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from services.trust_safety.domain.rules import LASTING
from shared.application.table import Reaction, Reads, Then
from shared.kernel.events import Event


def _block(command: str) -> Reaction:
    def react(event: Event, _reads: Reads) -> Sequence[Then]:
        return [Then(command, {name: event.data[name] for name in ("blocker_id", "blocked_id")})]

    return react


def _evidence(event: Event, _reads: Reads) -> Sequence[Then]:
    names = {name: event.data[name] for name in ("case_id", "report_id", "reporter_id")}
    return [Then("receive_evidence", {**names, "evidence_event_id": event.id})]


def _action(event: Event, _reads: Reads) -> Sequence[Then]:
    data = event.data
    if data["action"] in LASTING:
        names = ("case_id", "action_id", "action", "program_id", "until")
        sanction = {name: data.get(name) for name in names}
        return [Then("apply_sanction", {**sanction, "person_id": data["subject_id"]})]
    if data["action"] == "reinstate":
        return [Then("lift_sanctions", {"person_id": data["subject_id"], "case_id": data["case_id"]})]
    return []


def _appeal(event: Event, _reads: Reads) -> Sequence[Then]:
    data = event.data
    sanction = {"person_id": data["subject_id"], "action_id": data["action_id"]}
    if data["result"] == "withdraw":
        return [Then("lift_sanctions", sanction)]
    if data["result"] == "reduce" and data.get("until"):
        return [Then("shorten_sanction", {**sanction, "until": data["until"]})]
    return []


REACTIONS: Mapping[str, Callable[[Event, Reads], Sequence[Then]]] = {
    "conversations.BlockRequested": _block("register_block"),
    "conversations.UnblockRequested": _block("register_unblock"),
    "conversations.EvidenceDisclosed": _evidence,
    "trust_safety.ActionTaken": _action,
    "trust_safety.AppealDecided": _appeal,
}
