"""What a run of recommendations is made from: people as profiles, places, and who is to be kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.matching.domain.profile import Profile
from services.matching.domain.roster import Roster, Settings
from services.matching.domain.rules import Known, clash
from shared.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Former:
    """The mentee's last ended pair: why it ended, and how well the two fitted, by the names of the parts of `Fit`."""

    mentor_id: str
    reason: str
    parts: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Instance:
    """All that a run is made from: the same instance, fairness and seed always give the same plan, in whatever order

    people stand in it. `mentors` and `mentees` are those who may be paired at all; what is missing in `load`, `since`
    and `former` counts as none.
    """

    settings: Settings
    mentors: tuple[Profile, ...]
    mentees: tuple[Profile, ...]
    room: Mapping[str, int]
    """The places that a mentor has free now, `locked` ones included."""
    load: Mapping[str, int] = field(default_factory=dict)
    """The pairs of a mentor in all programs."""
    since: Mapping[str, str] = field(default_factory=dict)
    """When a mentee's waiting began, as ISO text."""
    apart: frozenset[str] = frozenset()
    """Ids of couples not to be paired: blocked, barred, met, wishes."""
    former: Mapping[str, Former] = field(default_factory=dict)
    """By mentee."""
    new_mentors: frozenset[str] = frozenset()
    """Mentors who were never introduced to anybody: one mentee first, drafts included."""
    locked: tuple[tuple[str, str], ...] = ()
    """(mentor_id, mentee_id) that stay whatever else is proposed; they take their places first."""

    def places(self, mentor_id: str) -> int:
        """How many mentees a run may give this mentor; 0 or more."""
        most = 1 - self.load.get(mentor_id, 0) if mentor_id in self.new_mentors else len(self.mentees)
        return max(0, min(self.room.get(mentor_id, 0), most))

    def objection(self, mentor: Profile, mentee: Profile) -> Refusal | None:
        """The rule of `rules.clash` that keeps these two apart; None where they may be paired."""
        roster = Roster(settings=self.settings)
        return clash(Known(roster, {}, {}, self.apart, _WHENEVER), mentor, mentee)


_WHENEVER = datetime(1, 1, 1, tzinfo=UTC)
"""The rules for a couple know no time; those for one person were asked before somebody came into an instance."""
