"""The policies that are played against each other. All read one instance and keep the same hard rules and places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from services.matching.domain.instance import Instance
from services.matching.domain.planning import plan
from services.matching.domain.previewing import DIAL
from services.matching.domain.profile import Profile
from services.matching.domain.scoring import Fit, fit
from services.matching.solver import solve


@dataclass(slots=True)
class Fits:
    """How well couples fit, None where a rule keeps them apart; asked once, though many policies meet them often."""

    known: dict[tuple[object, ...], Fit | None] = field(default_factory=dict)

    def of(self, instance: Instance, mentor: Profile, mentee: Profile) -> Fit | None:
        # Of what a person says only the hours change, when clocks are set.
        key = (mentor.person_id, mentor.hours, mentee.person_id, mentee.hours)
        if key not in self.known:
            found = fit(mentor, mentee, instance.settings)
            apart = found.score < instance.settings.min_score or instance.objection(mentor, mentee)
            self.known[key] = None if apart else found
        return self.known[key]


Choose = Callable[[Instance, Fits, int], Iterable[tuple[str, str]]]
"""From an instance, known fits and a seed to (mentor, mentee)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`fairness`: the dial, of our own policies."""

    name: str
    choose: Choose
    fairness: float | None = None


def policies(dials: Iterable[float] = DIAL) -> list[Policy]:
    """Every policy, the simplest first."""
    others = [
        Policy("first come", first_come),
        Policy("greedy by score", greedy),
        Policy("score only", score_only),
    ]
    return others + [ours(dial) for dial in dials]


def ours(dial: float) -> Policy:
    """What the service does when an admin asks for recommendations."""

    def choose(instance: Instance, _fits: Fits, seed: int) -> list[tuple[str, str]]:
        return [(one.mentor_id, one.mentee_id) for one in plan(instance, dial, seed, solve).pairs]

    return Policy(f"ours, fairness {dial:g}", choose, dial)


def first_come(instance: Instance, fits: Fits, _seed: int) -> Iterator[tuple[str, str]]:
    """Whoever has waited longest takes the mentor who fits best of those that are left."""
    left = {one.person_id: instance.places(one.person_id) for one in instance.mentors}
    for mentee in sorted(instance.mentees, key=lambda one: (instance.since[one.person_id], one.person_id)):
        free = [one for one in instance.mentors if left[one.person_id]]
        found = [(-known.score, one.person_id) for one in free if (known := fits.of(instance, one, mentee))]
        if found:
            _, mentor_id = min(found)
            left[mentor_id] -= 1
            yield mentor_id, mentee.person_id


def greedy(instance: Instance, fits: Fits, _seed: int) -> Iterator[tuple[str, str]]:
    """The couple with the highest score, then the highest of those that are left, and so on."""
    left = {one.person_id: instance.places(one.person_id) for one in instance.mentors}
    waiting = {one.person_id for one in instance.mentees}
    for _, mentor_id, mentee_id in sorted(_scored(instance, fits)):
        if left[mentor_id] and mentee_id in waiting:
            left[mentor_id] -= 1
            waiting.remove(mentee_id)
            yield mentor_id, mentee_id


def score_only(instance: Instance, fits: Fits, _seed: int) -> Iterator[tuple[str, str]]:
    """The whole assignment with the highest sum of scores, whoever waits and however many that serves."""
    mentors = sorted(instance.mentors, key=lambda one: one.person_id)
    mentees = sorted(instance.mentees, key=lambda one: one.person_id)
    places = [one for one in mentors for _ in range(instance.places(one.person_id))]
    if not places or not mentees:
        return
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 (slow to load, and most commands need none)

    known = [[fits.of(instance, mentor, mentee) for mentor in places] for mentee in mentees]
    worths = [[0.0 if one is None else one.score for one in row] for row in known]
    for row, column in zip(*linear_sum_assignment(worths, maximize=True), strict=True):
        if known[row][column] is not None:
            yield places[column].person_id, mentees[row].person_id


def _scored(instance: Instance, fits: Fits) -> Iterator[tuple[float, str, str]]:
    for mentor in instance.mentors:
        if instance.places(mentor.person_id):
            for mentee in instance.mentees:
                found = fits.of(instance, mentor, mentee)
                if found is not None:
                    yield -found.score, mentor.person_id, mentee.person_id
