"""Looks at one case (TS-23), in a stream beside the case's own: a look changes no version that `If-Match` names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.kernel.clock import from_text
from shared.kernel.events import Aggregate, Data, Event

ONE_LOOK = timedelta(minutes=5)
"""Within it, reading the case again is still the same look."""


@dataclass(slots=True)
class Looks:
    """`last`: when who looked last."""

    last: dict[str, str] = field(default_factory=dict)

    def goes_on(self, person_id: str, now: datetime) -> bool:
        return person_id in self.last and now < from_text(self.last[person_id]) + ONE_LOOK


def stream(command: Data) -> str:
    return f"looks-{command['case_id']}"


def evolve(looks: Looks, event: Event) -> Looks:
    looks.last[event.data["by"]] = event.recorded_at
    return looks


LOOKS: Aggregate[Looks] = Aggregate("looks", Looks, evolve)
