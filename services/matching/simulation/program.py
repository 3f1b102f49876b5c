"""A program as it would be in the service: its own roster, asked by its own rules; only time and people are made up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.matching.domain.instance import Instance
from services.matching.domain.profile import Profile, profile
from services.matching.domain.recommending import instance_of
from services.matching.domain.roster import Pair, Roster, Settings, Signup
from services.matching.domain.rules import Known, objection
from services.matching.simulation.rows import Arrival
from shared.kernel.clock import to_text
from shared.kernel.ids import couple


class Program:
    """`profiles` of all who ever came; `since`: the day on which somebody came or their last pair ended."""

    def __init__(self, settings: Settings, start: datetime) -> None:
        self._roster = Roster(open=True, settings=settings)
        self._start = start
        self._patience: dict[str, int] = {}
        self.profiles: dict[str, Profile] = {}
        self.since: dict[str, int] = {}

    def waiting(self, role: str) -> list[str]:
        """Who is there without a pair."""
        return [
            one.person_id
            for one in self._roster.signups.values()
            if one.stands and one.role == role and not one.current
        ]

    def join(self, day: int, arrivals: Iterable[Arrival]) -> None:
        settings = self._roster.settings
        for one in arrivals:
            name, since = one.person, self._text(day)
            self._roster.signups[name] = Signup(name, name, one.role, one.capacity, True, since, since, None)
            self.profiles[name] = profile(name, name, one.answers, settings.questions)
            self.since[name] = day
            self._patience[name] = min(one.leaves_after_days or 10**6, settings.signup_expires_after_days)

    def give_up(self, day: int) -> list[tuple[str, str]]:
        """Who has been without a pair for too long leaves: (person_id, role)."""
        gone = [
            (name, role)
            for role in ("mentor", "mentee")
            for name in self.waiting(role)
            if day - self.since[name] >= self._patience[name]
        ]
        for name, _ in gone:
            self._roster.signups[name].status = "expired"
        return gone

    def instance(self, day: int) -> Instance:
        """What a run of this day is made from."""
        return instance_of(self._known(day, (one.person_id for one in self._roster.signups.values() if one.stands)))

    def introduce(self, day: int, mentor_id: str, mentee_id: str) -> tuple[Profile, Profile]:
        """Both as they are on this day. Raises ValueError where a hard rule keeps them from being paired."""
        known = self._known(day, (mentor_id, mentee_id))
        refusal = objection(known, mentor_id, mentee_id)
        if refusal:
            raise ValueError(f"the policy broke a hard rule: {refusal.slug}")
        pair = Pair(couple(mentor_id, mentee_id), mentor_id, mentee_id, None, status="active")
        self._roster.pairs[pair.pair_id] = pair
        self._roster.met.add(pair.couple)
        for name in pair.people:
            self._roster.signups[name].current += 1
        return known.profiles[mentor_id], known.profiles[mentee_id]

    def part(self, day: int, mentor_id: str, mentee_id: str) -> None:
        """The pair has had its weeks; the mentee does not come again."""
        pair = self._roster.pairs[couple(mentor_id, mentee_id)]
        pair.status = "ended"
        for name in pair.people:
            self._roster.signups[name].current -= 1
            self._roster.ended_at[name] = self._text(day)
            self.since[name] = day
        self._roster.signups[mentee_id].status = "withdrawn"

    def _known(self, day: int, people: Iterable[str]) -> Known:
        facts = {
            "profiles": {name: self.profiles[name] for name in people},
            "load": {one.person_id: one.current for one in self._roster.signups.values() if one.role == "mentor"},
            "standing": {},
            "blocked": frozenset(),
        }
        return Known.at(self._start + timedelta(days=day), self._roster, facts)

    def _text(self, day: int) -> str:
        return to_text(self._start + timedelta(days=day))
