"""Whose reports are kept without effect: a moderator's word about a reporter (TS-24)."""

from __future__ import annotations

from dataclasses import dataclass

from services.trust_safety.domain.errors import EndIsPast
from shared.kernel.clock import from_text, to_text
from shared.kernel.errors import NotFound
from shared.kernel.events import Aggregate, Data, Event, NewEvent, Occasion


@dataclass(slots=True)
class Mute:
    """`until` is absent where it stands until it is lifted."""

    stands: bool = False
    until: str | None = None


def stream(command: Data) -> str:
    return f"reporter-{command['person_id']}"


def evolve(mute: Mute, event: Event) -> Mute:
    mute.stands, mute.until = event.type == "ReporterMuted", event.data.get("until")
    return mute


MUTE: Aggregate[Mute] = Aggregate("reporter", Mute, evolve)


def mute_reporter(_mute: Mute, command: Data, occasion: Occasion) -> list[NewEvent]:
    """In place of what stood before. Raises NotFound, EndIsPast."""
    _theirs_to_judge(occasion)
    if command["until"] is not None and command["until"] <= occasion.now:
        raise EndIsPast
    until = command["until"] and to_text(command["until"])
    names = {"person_id": command["person_id"], "by": occasion.actor.id}
    return [NewEvent("ReporterMuted", {**names, "until": until, "reason": command["reason"]})]


def unmute_reporter(mute: Mute, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Raises NotFound, also where nothing stands."""
    _theirs_to_judge(occasion)
    if not mute.stands:
        raise NotFound
    return [NewEvent("ReporterUnmuted", {"person_id": command["person_id"], "by": occasion.actor.id, "why": "lifted"})]


def end_mute(mute: Mute, command: Data, occasion: Occasion) -> list[NewEvent]:
    """The clock ends it at its end, not before."""
    if mute.until is None or from_text(mute.until) > occasion.now:
        return []
    return [NewEvent("ReporterUnmuted", {"person_id": command["person_id"], "by": None, "why": "ended"})]


def _theirs_to_judge(occasion: Occasion) -> None:
    """Nobody silences who reported them, or whom a block joins to them, and nobody gives themselves a voice again: they
    are answered as for somebody who reported nothing (TS-12). `facts`: `may_judge`."""
    if not occasion.facts["may_judge"]:
        raise NotFound
