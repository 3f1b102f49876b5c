"""B8: whom a run serves, and how well, beside simpler ways; B9: what a large run takes, beside scipy's dense one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from services.matching.domain.instance import Instance
from services.matching.domain.planning import plan
from services.matching.domain.roster import DEFAULT_FAIRNESS
from services.matching.domain.scoring import fit
from services.matching.solver import solve
from tests.benchmarks.children import Contestant
from tests.benchmarks.people import Shape, draw
from tests.benchmarks.runner import Place, Row, Tick, take_turns

DRAWS = 20
ROUNDS_OF_LARGE = 3
_MENTEES, _MENTORS, _MANY = 300, 200, 10_000
_PATIENCE = 600.0

Pairs = Iterable[tuple[int, int]]
"""The places of mentee and mentor in the instance."""


@dataclass(frozen=True)
class Outcome:
    """How many mentees got a mentor for all their needs, and the share of the longest-waiting quarter with any."""

    covered: float
    longest: float


def run_draws(_place: Place, tick: Tick) -> list[Row]:
    """B8: the same draws for all ways."""
    ways: dict[str, Callable[[Instance], Pairs]] = {
        "in the order of waiting": _in_turn,
        "by score alone": _by_score,
        "ours": _ours,
    }
    found: dict[str, list[Outcome]] = {name: [] for name in ways}
    for seed in range(DRAWS):
        instance = draw(Shape(_MENTEES, _MENTORS), seed)
        for name, way in ways.items():
            found[name].append(_outcome(instance, way(instance)))
            tick(name)
    covered = {name: [one.covered for one in some] for name, some in found.items()}
    longest = {name: [one.longest for one in some] for name, some in found.items()}
    rows = [
        Row("B8", f"all needs covered, {_MENTEES} × {_MENTORS}", "mentees", covered["ours"], wanted=164),
        Row("B8", "longest-waiting quarter served", "", longest["ours"], wanted=0.92),
    ]
    for name in ("in the order of waiting", "by score alone"):
        rows.append(Row("B8", f"all needs covered, {name}", "mentees", covered[name]))
        rows.append(Row("B8", f"longest-waiting quarter served, {name}", "", longest[name]))
    return rows


def run_large(place: Place, tick: Tick) -> list[Row]:
    """B9: each round in processes of its own; the clock runs from the instance to the plan."""
    rows = []
    for kind in ("plain", "rich"):
        said: dict[str, list[dict[str, float]]] = {"plan": [], "dense": []}

        def once(how: str, kind: str = kind, said: dict[str, list[dict[str, float]]] = said) -> float:
            said[how].append(_child(place.log, how, kind))
            return said[how][-1]["seconds"]

        took = take_turns({"run": lambda: once("plan"), "dense": lambda: once("dense")}, tick, ROUNDS_OF_LARGE)
        totals, bounds = ([one["total"] for one in said[how]] for how in ("plan", "dense"))
        memory = [one["memory"] for one in said["plan"]]
        what, dense = f"a run, 10,000 × 10,000, {kind}", "dense linear_sum_assignment"
        rows += [
            Row("B9", what, "s", took["run"], wanted=10, at_least=False),
            Row("B9", f"{what}: beside", "s", took["run"], dense, took["dense"]),
            Row("B9", f"{what}: total score", "", totals, dense, bounds, 0.995),
            Row("B9", f"{what}: memory at most", "MiB", memory, wanted=1024, at_least=False),
        ]
    return rows


def _child(log: Path, how: str, kind: str) -> dict[str, float]:
    with Contestant("tests.benchmarks.child_plan", how, _MANY, kind, log=log, green=False) as child:
        child.ready()
        child.go()
        return dict(child.answer(_PATIENCE))


def _outcome(instance: Instance, pairs: Pairs) -> Outcome:
    served = dict(pairs)
    full = [fit(instance.mentors[mentor], instance.mentees[mentee]).needs > 0.999 for mentee, mentor in served.items()]
    longest = _by_waiting(instance)[: len(instance.mentees) // 4]
    return Outcome(sum(full), sum(mentee in served for mentee in longest) / len(longest))


def _by_waiting(instance: Instance) -> list[int]:
    return sorted(range(len(instance.mentees)), key=lambda at: instance.since[instance.mentees[at].person_id])


def _ours(instance: Instance) -> Pairs:
    mentors, mentees = (
        {one.person_id: at for at, one in enumerate(people)} for people in (instance.mentors, instance.mentees)
    )
    return [
        (mentees[one.mentee_id], mentors[one.mentor_id]) for one in plan(instance, DEFAULT_FAIRNESS, 0, solve).pairs
    ]


def _in_turn(instance: Instance) -> Pairs:
    """Who has waited longest takes the best that is left."""
    scores, left, pairs = _scores(instance), list(range(len(instance.mentors))), []
    for mentee in _by_waiting(instance)[: len(left)]:
        mentor = max(left, key=lambda at: (scores[mentee, at], -at))
        left.remove(mentor)
        pairs.append((mentee, mentor))
    return pairs


def _by_score(instance: Instance) -> Pairs:
    mentees, mentors = linear_sum_assignment(_scores(instance), maximize=True)
    return list(zip(mentees.tolist(), mentors.tolist(), strict=True))


def _scores(instance: Instance) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array([[fit(mentor, mentee).score for mentor in instance.mentors] for mentee in instance.mentees])
