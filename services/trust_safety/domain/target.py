"""What a report is about, as the handler has looked it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.kernel.actor import Actor
from shared.kernel.events import Data


@dataclass(frozen=True, slots=True)
class Tie:
    """What joins a reporter to a target: the space they share, and whom the report is about, seen from them.

    `pairs`: what every event says of a pair, for each that the two share and the report is about.
    """

    group_id: str
    program_id: str | None = None
    pair_id: str | None = None
    subject_id: str | None = None
    subject_is_admin: bool = False
    pairs: tuple[Data, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A target that exists. `ties`: person id to their tie; `members`: the tie of everyone in the group, where that
    is enough."""

    ties: Mapping[str, Tie] = field(default_factory=dict)
    members: Tie | None = None

    def tie_of(self, person: Actor) -> Tie | None:
        """The tie that lets this person report the target; None for a stranger (TS-02)."""
        if self.members and person.is_member(self.members.group_id):
            return self.members
        return self.ties.get(person.id)
