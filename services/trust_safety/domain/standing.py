"""What stands against a person: any number of sanctions side by side, and what they come to together (TS-15, TS-16)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shared.kernel.clock import from_text
from shared.kernel.events import Aggregate, Data, Event, NewEvent, Occasion

FOR_EVER = "9999"
"""Sorts behind every moment."""


@dataclass(frozen=True, slots=True)
class Sanction:
    action: str
    case_id: str | None
    program_id: str | None
    until: str | None


@dataclass(slots=True)
class Standing:
    """`sanctions` by action id, those that stand; `known` has also those that are over."""

    sanctions: dict[str, Sanction] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)


def evolve(standing: Standing, event: Event) -> Standing:
    data: Any = event.data
    match event.type:
        case "SanctionImposed" | "SanctionShortened":
            standing.known.add(data["action_id"])
            standing.sanctions[data["action_id"]] = Sanction(
                data["action"], data.get("case_id"), data.get("program_id"), data.get("until")
            )
        case "SanctionLifted":
            standing.sanctions.pop(data["action_id"], None)
        case _:
            pass
    return standing


STANDING: Aggregate[Standing] = Aggregate("standing", Standing, evolve)


def apply_sanction(standing: Standing, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """One more sanction stands; one that is known already changes nothing."""
    action_id = command["action_id"]
    if action_id in standing.known:
        return []
    new = Sanction(command["action"], command["case_id"], command.get("program_id"), command.get("until"))
    imposed = NewEvent("SanctionImposed", {**_names(command["person_id"], action_id, new), "until": new.until})
    return [imposed, *_consequences(command["person_id"], standing.sanctions, {**standing.sanctions, action_id: new})]


def shorten_sanction(standing: Standing, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """One sanction ends sooner. One that is over, or ends sooner anyway, is left alone."""
    action_id, until = command["action_id"], command["until"]
    before = standing.sanctions.get(action_id)
    if before is None or (before.until or FOR_EVER) <= until:
        return []
    shorter = Sanction(before.action, before.case_id, before.program_id, until)
    names = {**_names(command["person_id"], action_id, shorter), "until": until}
    left = {**standing.sanctions, action_id: shorter}
    return [NewEvent("SanctionShortened", names), *_consequences(command["person_id"], standing.sanctions, left)]


def end_sanction(standing: Standing, command: Data, occasion: Occasion) -> list[NewEvent]:
    """The clock ends a timed sanction at its end, not before."""
    sanction = standing.sanctions.get(command["action_id"])
    if sanction is None or sanction.until is None or from_text(sanction.until) > occasion.now:
        return []
    return _lift(standing, command["person_id"], [command["action_id"]], "ended")


def lift_sanctions(standing: Standing, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Lift the sanction named by `action_id`, or without one all that came from `case_id`. Others go on."""
    action_id, case_id = command.get("action_id"), command.get("case_id")
    over = [
        id
        for id, sanction in standing.sanctions.items()
        if (id == action_id if action_id else sanction.case_id == case_id)
    ]
    return _lift(standing, command["person_id"], over, "lifted")


def _lift(standing: Standing, person_id: str, over: list[str], why: str) -> list[NewEvent]:
    if not over:
        return []
    left = {id: sanction for id, sanction in standing.sanctions.items() if id not in over}
    lifted = [NewEvent("SanctionLifted", {**_names(person_id, id, standing.sanctions[id]), "why": why}) for id in over]
    return [*lifted, *_consequences(person_id, standing.sanctions, left)]


def _names(person_id: str, action_id: str, sanction: Sanction) -> Data:
    return {
        "person_id": person_id,
        "case_id": sanction.case_id,
        "action_id": action_id,
        "action": sanction.action,
        "program_id": sanction.program_id,
    }


Sanctions = dict[str, Sanction]


def strongest(sanctions: Sanctions) -> tuple[str, Sanction] | None:
    """What all sanctions come to: a suspension outweighs a restriction, a later end an earlier one."""
    for kind, actions in (("PersonSuspended", {"suspend", "ban"}), ("PersonRestricted", {"restrict"})):
        of_kind = [sanction for sanction in sanctions.values() if sanction.action in actions]
        if of_kind:
            return kind, max(of_kind, key=lambda sanction: sanction.until or FOR_EVER)
    return None


def _consequences(person_id: str, before: Sanctions, after: Sanctions) -> list[NewEvent]:
    """What other services need to know of the change: only what differs for them."""
    return [*_on_the_platform(person_id, before, after), *_in_programs(person_id, before, after)]


def _on_the_platform(person_id: str, before: Sanctions, after: Sanctions) -> list[NewEvent]:
    was, is_now = strongest(before), strongest(after)
    if (was and (was[0], was[1].until)) == (is_now and (is_now[0], is_now[1].until)):
        return []
    if is_now is None:
        return [NewEvent("PersonReinstated", {"person_id": person_id, "case_id": was[1].case_id if was else None})]
    kind, sanction = is_now
    return [NewEvent(kind, {"person_id": person_id, "case_id": sanction.case_id, "until": sanction.until})]


def _in_programs(person_id: str, before: Sanctions, after: Sanctions) -> list[NewEvent]:
    was, is_now = _removals(before), _removals(after)
    changed = [("PersonRemoved", id, is_now[id]) for id in sorted(is_now.keys() - was.keys())]
    changed += [("PersonReadmitted", id, was[id]) for id in sorted(was.keys() - is_now.keys())]
    return [
        NewEvent(kind, {"person_id": person_id, "case_id": case_id, "program_id": id}) for kind, id, case_id in changed
    ]


def _removals(sanctions: Sanctions) -> dict[str, str | None]:
    return {
        sanction.program_id: sanction.case_id
        for sanction in sanctions.values()
        if sanction.action == "remove-from-program" and sanction.program_id
    }
