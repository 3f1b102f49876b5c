"""A run read again: the people and the settings that it was made from, as far as their answers are still there.

What a run keeps is ids and numbers. Words are opened from the answers themselves when they are asked for, so that they
end with these and live nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.matching.domain.explaining import Couple
from services.matching.domain.hours import lived
from services.matching.domain.instance import Former, Instance
from services.matching.domain.profile import Profile, profile
from services.matching.domain.roster import Settings
from services.matching.names import Names
from shared.application.table import Reads
from shared.kernel.clock import from_text
from shared.kernel.events import Data


@dataclass(frozen=True, slots=True)
class Retelling:
    """`told`: what the run keeps of its instance; empty for runs of old. `gone`: whose answers were removed."""

    told: Data
    settings: Settings
    at: datetime
    profiles: Mapping[str, Profile]
    names: Mapping[str, str]
    gone: frozenset[str]

    def couple(self, mentor_id: str, mentee_id: str) -> Couple | None:
        """The two; None where the answers of one were removed."""
        mentor, mentee = self.profiles.get(mentor_id), self.profiles.get(mentee_id)
        if mentor is None or mentee is None:
            return None
        return Couple(mentor, mentee, self.settings.shown, self.names, self.at)

    def side(self, role: str) -> list[Profile]:
        """All mentors, or all mentees, of the run whose answers are there."""
        return [self.profiles[one] for one in self.told.get(f"{role}s", {}) if one in self.profiles]

    def held(self) -> frozenset[str]:
        """The mentors who have places that the rule of one mentee first keeps from being used, whoever that one is."""
        new, room = self.told.get("new_mentors", ()), self.told.get("room", {})
        return frozenset(name for name in new if max(0, 1 - self.load(name)) < room.get(name, 0))

    def load(self, mentor_id: str) -> int:
        """The pairs that a mentor had in all programs, drafts included."""
        return int(self.told.get("load", {}).get(mentor_id, 0))

    def former(self, mentee_id: str) -> Former | None:
        found = self.told.get("former", {}).get(mentee_id)
        return None if found is None else Former(**found)

    def instance(self) -> Instance | None:
        """What the run was made from; None where it is not all there any more."""
        if self.gone or not self.told:
            return None
        return Instance(
            settings=self.settings,
            mentors=tuple(self.side("mentor")),
            mentees=tuple(self.side("mentee")),
            room=self.told["room"],
            load=self.told["load"],
            since=self.told["since"],
            apart=frozenset(self.told["apart"]),
            former={mentee_id: Former(**one) for mentee_id, one in self.told["former"].items()},
            new_mentors=frozenset(self.told["new_mentors"]),
            locked=tuple((mentor_id, mentee_id) for mentor_id, mentee_id in self.told["locked"]),
        )


def retold(reads: Reads, roster: Data, run: Data, detail: Data) -> Retelling:
    """`roster` and `run` are the views' documents, `detail` is what the run keeps, opened."""
    told = detail.get("instance", {})
    settings = Settings.of(told.get("settings", roster["settings"]))
    at = from_text(told.get("at", run["made_at"]))
    sources = {**told.get("mentors", {}), **told.get("mentees", {})}
    for one in detail["proposals"]:
        sources |= {one[f"{side}_id"]: source for side, source in one.get("sources", {}).items()}
    people = {*sources, *(one["person_id"] for one in detail["unmatched"])}
    names = Names(reads, [(roster["id"], person_id) for person_id in people])
    profiles = _profiles(reads, sources, settings)
    return Retelling(
        told,
        settings,
        at,
        lived(profiles, settings.weeks, at),
        _told_names(names, roster["id"], people),
        frozenset(sources.keys() - profiles.keys()),
    )


def _profiles(reads: Reads, sources: Mapping[str, str], settings: Settings) -> dict[str, Profile]:
    """From the answers that the run used, whatever these people have said since."""
    written, found = reads.get_many("answers", sources.values()), {}
    for person_id, source in sources.items():
        answers = reads.open(written.get(source, {}).get("answers"))
        if isinstance(answers, dict):
            found[person_id] = profile(person_id, source, answers, settings.questions)
    return found


def _told_names(names: Names, program_id: str, people: Iterable[str]) -> dict[str, str]:
    return {person_id: name for person_id in people if (name := names.of(program_id, person_id))}
