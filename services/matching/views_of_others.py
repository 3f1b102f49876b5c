"""What other services say of people and pairs: blocks, standing, reviews."""

from __future__ import annotations

from collections.abc import Sequence

from shared.kernel.events import Event
from shared.kernel.ids import couple
from shared.views.changes import Change, ViewFunction, amend, put, remove


def blocked(event: Event) -> Sequence[Change]:
    two = sorted((event.data["blocker_id"], event.data["blocked_id"]))
    return [put("blocks", _block_key(event), couple_id=couple(*two), people=two)]


def unblocked(event: Event) -> Sequence[Change]:
    return [remove("blocks", _block_key(event))]


def sanctioned(kind: str) -> ViewFunction:
    def change(event: Event) -> Sequence[Change]:
        return [put("standing", event.data["person_id"], sanction={"kind": kind, "until": event.data.get("until")})]

    return change


def age_disputed(event: Event) -> Sequence[Change]:
    return [put("standing", event.data["person_id"], age_disputed=event.type == "AgeDisputed")]


def reinstated(event: Event) -> Sequence[Change]:
    """What stood is over; what is said of their age is another matter."""
    return [put("standing", event.data["person_id"], sanction=None)]


def held(event: Event) -> Sequence[Change]:
    return [amend("pairs", event.data["pair_id"], add={"reviews": event.data["case_id"]})]


def released(event: Event) -> Sequence[Change]:
    return [amend("pairs", event.data["pair_id"], pull={"reviews": event.data["case_id"]})]


def _block_key(event: Event) -> str:
    """One document per word on it, so that a block holds while anybody's word stands; ids may hold slashes."""
    return "\x1f".join((event.service, event.data["blocker_id"], event.data["blocked_id"]))
