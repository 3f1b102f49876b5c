"""What is said of a person's age (PR-18): nothing, that it is disputed, or that they were shown to be an adult.

|            | dispute  | confirm   | reset    |
|------------|----------|-----------|----------|
| unknown    | disputed | confirmed | unknown  |
| disputed   | disputed | confirmed | disputed |
| confirmed  | confirmed| confirmed | unknown  |

A dispute pauses the person; a moderator's word lifts it, and stands against any further report until it is reset.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.kernel.events import Aggregate, Data, Event, NewEvent, Occasion

UNKNOWN, DISPUTED, CONFIRMED = "unknown", "disputed", "confirmed"
_LEADS_TO = {"AgeDisputed": DISPUTED, "AgeConfirmed": CONFIRMED, "AgeReset": UNKNOWN}


@dataclass(slots=True)
class Age:
    status: str = UNKNOWN


def stream(command: Data) -> str:
    return f"age-{command['person_id']}"


def evolve(age: Age, event: Event) -> Age:
    age.status = _LEADS_TO[event.type]
    return age


AGE: Aggregate[Age] = Aggregate("age", Age, evolve)


def dispute_age(age: Age, command: Data, _occasion: Occasion) -> list[NewEvent]:
    return [_said("AgeDisputed", command)] if age.status == UNKNOWN else []


def confirm_adult(age: Age, command: Data, _occasion: Occasion) -> list[NewEvent]:
    return [_said("AgeConfirmed", command)] if age.status != CONFIRMED else []


def reset_adult(age: Age, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Takes back a confirmation only: a dispute that nobody has answered goes on."""
    return [_said("AgeReset", command)] if age.status == CONFIRMED else []


def _said(kind: str, command: Data) -> NewEvent:
    return NewEvent(kind, {"person_id": command["person_id"], "case_id": command["case_id"]})
