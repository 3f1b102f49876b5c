"""What follows in matching from the events of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.application.table import Reaction, Reads, Then
from shared.kernel.events import Event
from shared.kernel.ids import couple

_MANY = 10_000


def open_the_roster(event: Event, _reads: Reads) -> Sequence[Then]:
    data = event.data
    told = {"settings": data["settings"], "program_id": data["program_id"]}
    return [Then("open_roster", {**told, "group_id": data["group_id"]})]


def heed_new_settings(event: Event, _reads: Reads) -> Sequence[Then]:
    return [Then("revise_roster", {name: event.data[name] for name in ("program_id", "settings")})]


def close_the_roster(event: Event, _reads: Reads) -> Sequence[Then]:
    return [Then("close_roster", {"program_id": event.data["program_id"]})]


def part_the_two(event: Event, reads: Reads) -> Sequence[Then]:
    """Wherever both have ever signed up, by the sign-ups: these are known long before a pair can be."""
    one, other = event.data["blocker_id"], event.data["blocked_id"]
    both = sorted(_programs_of(reads, one) & _programs_of(reads, other))
    two = couple(one, other)
    return [Then("part_couple", {"program_id": program, "couple_id": two}, label=program) for program in both]


def remove_from_the_program(event: Event, _reads: Reads) -> Sequence[Then]:
    who = {name: event.data[name] for name in ("program_id", "person_id")}
    return [Then("remove_person", {**who, "barred": True})]


def readmit(event: Event, _reads: Reads) -> Sequence[Then]:
    return [Then("readmit_person", {name: event.data[name] for name in ("program_id", "person_id")})]


def forget(event: Event, reads: Reads) -> Sequence[Then]:
    """Who was erased leaves every program."""
    person_id = event.data["person_id"]
    return [
        Then("remove_person", {"program_id": program, "person_id": person_id, "barred": False}, label=program)
        for program in sorted(_programs_of(reads, person_id))
    ]


def _programs_of(reads: Reads, person_id: str) -> set[str]:
    return {found["program_id"] for found in reads.find("signups", {"person_id": person_id}, limit=_MANY)}


REACTIONS: Mapping[str, Reaction] = {
    "programs.ProgramOpened": open_the_roster,
    "programs.ProgramRevised": heed_new_settings,
    "programs.ProgramClosed": close_the_roster,
    "programs.ProgramArchived": close_the_roster,
    "conversations.BlockRequested": part_the_two,
    "trust_safety.PersonBlocked": part_the_two,
    "trust_safety.PersonRemoved": remove_from_the_program,
    "trust_safety.PersonReadmitted": readmit,
    "gateway.PersonErased": forget,
}
