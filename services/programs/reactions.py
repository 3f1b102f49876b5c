"""What programs does when something happens elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from services.programs.domain.journey import PAIR_FIELDS
from shared.application.table import Reaction, Reads, Then
from shared.kernel.events import Event

CLOSED = "conversations.ConversationClosed"


def start_journey(event: Event, _reads: Reads) -> Sequence[Then]:
    """An introduced pair starts on the guide."""
    told = {name: event.data[name] for name in (*PAIR_FIELDS, "timezone")}
    return [Then("start_journey", told)]


def pause_journey(event: Event, _reads: Reads) -> Sequence[Then]:
    return [Then("pause_journey", {"pair_id": event.data["pair_id"]})]


def resume_journey(event: Event, _reads: Reads) -> Sequence[Then]:
    return [Then("resume_journey", {"pair_id": event.data["pair_id"]})]


def _review(command: str) -> Reaction:
    def react(event: Event, _reads: Reads) -> Sequence[Then]:
        told = {name: event.data[name] for name in PAIR_FIELDS}
        return [Then(command, {**told, "review_id": event.data["case_id"]})]

    return react


def stop_journey(event: Event, _reads: Reads) -> Sequence[Then]:
    """The pair ended, or one blocked the other: nothing more is added (BL-02)."""
    return [Then("stop_journey", {name: event.data[name] for name in PAIR_FIELDS})]


REACTIONS = {
    "matching.PairIntroduced": start_journey,
    "matching.PairPaused": pause_journey,
    "matching.PairResumed": resume_journey,
    "matching.PairEnded": stop_journey,
    CLOSED: stop_journey,
    "trust_safety.PairHeld": _review("hold_journey"),
    "trust_safety.PairReleased": _review("release_journey"),
}
