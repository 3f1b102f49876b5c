"""Plays arrivals through one policy, day by day: people come, wait, are paired, part after some weeks, or give up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.matching.domain.roster import Settings
from services.matching.domain.scoring import Fit, fit
from services.matching.simulation.policies import Fits, Policy
from services.matching.simulation.program import Program
from services.matching.simulation.rows import Arrival

A_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
_LONGEST = 4
"""The longest-waiting are a quarter."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`every`: days between runs, the first of which is on day 0. Pairs last `settings.weeks`."""

    days: int
    every: int = 7
    settings: Settings = field(default_factory=Settings)
    start: datetime = A_MONDAY
    seed: int = 0

    @property
    def runs(self) -> int:
        return math.ceil(self.days / self.every)


@dataclass(frozen=True, slots=True)
class Pair:
    day: int
    mentor_id: str
    mentee_id: str
    fit: Fit


@dataclass(frozen=True, slots=True)
class Stay:
    """What became of a mentee: with how many wishes they came, how many days they waited, and what they got."""

    wishes: int
    waited: int
    fit: Fit | None


@dataclass(slots=True)
class Played:
    """`longest`: of the quarter that had waited longest at each run, how many were served in it, and how many it were.

    `waiting_by_week`: mentees waiting at the end of each week, or of the last day.
    """

    policy: Policy
    stays: list[Stay] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    longest: tuple[int, int] = (0, 0)
    waiting_by_week: list[int] = field(default_factory=list)


def play(
    arrivals: Sequence[Arrival], policy: Policy, terms: Terms, fits: Fits, on_run: Callable[[], object] = lambda: None
) -> Played:
    """The same arrivals, policy and terms always give the same play. `on_run` is called after each run.

    Raises ValueError where the policy breaks a hard rule.
    """
    game = _Game(policy, terms, fits)
    by_day: dict[int, list[Arrival]] = {}
    for one in arrivals:
        by_day.setdefault(one.day, []).append(one)
    for day in range(terms.days):
        game.part_and_leave(day)
        game.program.join(day, by_day.get(day, ()))
        if day % terms.every == 0:
            game.run(day)
            on_run()
        if day % 7 == 6 or day == terms.days - 1:
            game.played.waiting_by_week.append(len(game.program.waiting("mentee")))
    for person_id in game.program.waiting("mentee"):
        game.note(person_id, terms.days, None)
    return game.played


class _Game:
    """A program, and what is noted down of it."""

    def __init__(self, policy: Policy, terms: Terms, fits: Fits) -> None:
        self.terms, self.fits = terms, fits
        self.played = Played(policy)
        self.program = Program(terms.settings, terms.start)
        self.ending: dict[int, list[Pair]] = {}

    def part_and_leave(self, day: int) -> None:
        for pair in self.ending.pop(day, ()):
            self.program.part(day, pair.mentor_id, pair.mentee_id)
        for person_id, role in self.program.give_up(day):
            if role == "mentee":
                self.note(person_id, day, None)

    def run(self, day: int) -> None:
        longest = self._longest()
        instance = self.program.instance(day)
        before = len(self.played.pairs)
        for mentor_id, mentee_id in list(self.played.policy.choose(instance, self.fits, self.terms.seed)):
            mentor, mentee = self.program.introduce(day, mentor_id, mentee_id)
            pair = Pair(day, mentor_id, mentee_id, fit(mentor, mentee, self.terms.settings))
            self.note(mentee_id, day, pair.fit)
            self.played.pairs.append(pair)
            self.ending.setdefault(day + self.terms.settings.weeks * 7, []).append(pair)
        served, in_all = self.played.longest
        now = sum(pair.mentee_id in longest for pair in self.played.pairs[before:])
        self.played.longest = served + now, in_all + len(longest)

    def note(self, mentee_id: str, day: int, found: Fit | None) -> None:
        wishes = len(self.program.profiles[mentee_id].wished)
        self.played.stays.append(Stay(wishes, day - self.program.since[mentee_id], found))

    def _longest(self) -> set[str]:
        queue = sorted(self.program.waiting("mentee"), key=lambda key: (self.program.since[key], key))
        return set(queue[: math.ceil(len(queue) / _LONGEST)])
