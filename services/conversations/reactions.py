"""What conversations does when something happens elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from services.conversations.domain.couple import PAIR_FIELDS
from shared.application.table import Reaction, Reads, Then
from shared.kernel.events import Event


def open_conversation(event: Event, _reads: Reads) -> Sequence[Then]:
    return [Then("open_conversation", {name: event.data[name] for name in PAIR_FIELDS})]


def confirm_commitment(event: Event, _reads: Reads) -> Sequence[Then]:
    """Messages pass once both sides have agreed (product rules)."""
    told = {name: event.data[name] for name in PAIR_FIELDS}
    return [Then("confirm_commitment", told)] if event.data["both"] else []


def pause_conversation(event: Event, _reads: Reads) -> Sequence[Then]:
    return [Then("pause_conversation", _pair(event))]


def resume_conversation(event: Event, _reads: Reads) -> Sequence[Then]:
    return [Then("resume_conversation", _pair(event))]


def _review(command: str) -> Reaction:
    def react(event: Event, _reads: Reads) -> Sequence[Then]:
        told = {name: event.data[name] for name in PAIR_FIELDS}
        return [Then(command, {**told, "review_id": event.data["case_id"]})]

    return react


def close_conversation(event: Event, _reads: Reads) -> Sequence[Then]:
    return [Then("close_conversation", _pair(event))]


def disclose_evidence(event: Event, _reads: Reads) -> Sequence[Then]:
    """A participant's report of a message discloses it, and a few around it, to the case."""
    data = event.data
    if data.get("target_kind") != "message" or not data.get("evidence_key") or not data.get("pair_id"):
        return []
    told = {name: data[name] for name in ("case_id", "report_id", "pair_id", "reporter_id", "evidence_key")}
    return [Then("disclose_evidence", {**told, "message_id": data["target_id"]})]


def _pair(event: Event) -> dict[str, object]:
    return {"pair_id": event.data["pair_id"]}


REACTIONS = {
    "matching.PairIntroduced": open_conversation,
    "programs.CommitmentAgreed": confirm_commitment,
    "matching.PairPaused": pause_conversation,
    "matching.PairResumed": resume_conversation,
    "matching.PairEnded": close_conversation,
    "trust_safety.ReportFiled": disclose_evidence,
    "trust_safety.ReportRepeated": disclose_evidence,
    "trust_safety.PairHeld": _review("hold_conversation"),
    "trust_safety.PairReleased": _review("release_conversation"),
}
