"""What holds of every plan, whoever takes part: against the rules, the scores and the objective of one couple."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from services.matching.domain.instance import Instance
from services.matching.domain.planning import Dial, Plan, plan
from services.matching.domain.scoring import WEIGHTS, fit
from services.matching.solver import solve
from services.matching.solving import candidates
from services.matching.solving.tables import Tables
from shared.kernel.ids import couple
from tests.benchmarks.people import Shape, draw
from tests.property.programs import Couple, allowed, assignments, free, instances, objective, people, worths

DIALS = st.sampled_from([0.0, 0.25, 0.6, 1.0])


def pairs_of(made: Plan, *, locked: bool = True) -> list[Couple]:
    return [(one.mentor_id, one.mentee_id) for one in made.pairs if locked or not one.locked]


@settings(max_examples=40, deadline=None)
@given(instances())
def test_scores_and_rules_of_the_whole_are_those_of_each_couple(instance: Instance) -> None:
    """The tables of the solver against `fit` and the rules, part by part."""
    tables = Tables(instance.settings, instance.mentors, instance.mentees)
    rows = slice(0, len(instance.mentees))
    if not instance.mentors or not instance.mentees:
        return
    scores, may = tables.scores(rows), tables.allowed(rows)
    parts = {name: tables.part(name, rows) for name in WEIGHTS}
    open_to_all = replace(instance, apart=frozenset())
    for row, mentee in enumerate(instance.mentees):
        for column, mentor in enumerate(instance.mentors):
            found = fit(mentor, mentee, instance.settings)
            assert scores[row, column] == pytest.approx(found.score, abs=5e-6)
            for name, part in found.parts.items():
                assert np.isnan(parts[name][row, column]) if part is None else True
                assert part is None or parts[name][row, column] == pytest.approx(part, abs=5e-6)
            wishless = [replace(one, do_not_pair=frozenset()) for one in (mentor, mentee)]
            assert may[row, column] == (open_to_all.objection(*wishless) is None)


@settings(max_examples=40, deadline=None)
@given(instances(), DIALS, st.booleans())
def test_no_plan_breaks_a_rule_or_gives_a_place_twice(instance: Instance, fairness: float, large: bool) -> None:
    """P-08, P-11: locked pairs stay and take room; a mentor who never had a pair gets one mentee; large or small."""
    with patch.object(candidates, "_ALL", 0 if large else 250_000):
        made = plan(instance, fairness, 7, solve)
    pairs = pairs_of(made)
    assert set(instance.locked) <= set(pairs) <= set(allowed(instance)) | set(instance.locked)
    mentors, mentees = Counter(mentor_id for mentor_id, _ in pairs), [mentee_id for _, mentee_id in pairs]
    assert len(mentees) == len(set(mentees))
    for one in instance.mentors:
        assert mentors[one.person_id] <= instance.room[one.person_id]
        assert mentors[one.person_id] <= 1 or one.person_id not in instance.new_mentors
    everybody = [one.person_id for one in instance.mentees]
    assert sorted([*mentees, *(one.person_id for one in made.alone if one.person_id in everybody)]) == sorted(everybody)


@settings(max_examples=40, deadline=None)
@given(instances(), DIALS)
def test_a_plan_is_the_best_there_is(instance: Instance, fairness: float) -> None:
    """P-08: by trying everything: as many as can be are served, and of these ways the one that is worth most."""
    dial = Dial(fairness, 3)
    worth = worths(instance, dial)
    best = max(objective(instance, worth, made) for made in assignments(worth, free(instance)))
    served, total = objective(instance, worth, pairs_of(plan(instance, fairness, 3, solve), locked=False))
    assert served == best[0]
    assert total >= best[1] - 0.00002 * (served + 1)


@settings(max_examples=40, deadline=None)
@given(instances(), DIALS, st.randoms(use_true_random=False))
def test_a_plan_is_never_worse_than_serving_in_turn(instance: Instance, fairness: float, chance: random.Random) -> None:
    """P-08: by the number served, then by its worth, in whatever order everybody takes the best that is left."""
    worth, room = worths(instance, Dial(fairness, 3)), free(instance)
    mentees = sorted({mentee_id for _, mentee_id in worth})
    taken: list[Couple] = []
    for mentee_id in chance.sample(mentees, len(mentees)):
        left = [two for two in worth if two[1] == mentee_id and room[two[0]]]
        if left:
            taken.append(max(left, key=lambda two: worth[two]))
            room[taken[-1][0]] -= 1
    ours = objective(instance, worth, pairs_of(plan(instance, fairness, 3, solve), locked=False))
    greedy = objective(instance, worth, taken)
    assert (ours[0], ours[1] + 0.0001) >= greedy


@settings(max_examples=40, deadline=None)
@given(instances(), DIALS, st.randoms(use_true_random=False), st.integers(0, 9), st.booleans())
def test_the_same_people_in_another_order_are_the_same_plan(
    instance: Instance, fairness: float, chance: random.Random, seed: int, large: bool
) -> None:
    """P-09: to the last digit, also where people are alike and only the seed decides."""
    twins = tuple(replace(one, person_id=f"{one.person_id}-twin") for one in instance.mentees)
    since = {one.person_id: "2026-03-02" for one in twins}
    instance = replace(instance, mentees=instance.mentees + twins, since={**instance.since, **since})
    mixed = replace(
        instance,
        mentors=tuple(chance.sample(instance.mentors, len(instance.mentors))),
        mentees=tuple(chance.sample(instance.mentees, len(instance.mentees))),
        room=dict(chance.sample(sorted(instance.room.items()), len(instance.room))),
        since=dict(chance.sample(sorted(instance.since.items()), len(instance.since))),
    )
    with patch.object(candidates, "_ALL", 0 if large else 250_000):
        assert plan(mixed, fairness, seed, solve) == plan(instance, fairness, seed, solve)


@settings(max_examples=40, deadline=None)
@given(instances(), people("a8"), st.integers(1, 3), DIALS, st.booleans())
def test_one_more_mentor_never_lowers_how_many_are_served(
    instance: Instance, mentor: object, room: int, fairness: float, large: bool
) -> None:
    """P-08: whatever the mentor offers; also where not all pairs are looked at."""
    more = replace(instance, mentors=(*instance.mentors, mentor), room={**instance.room, "a8": room})
    with patch.object(candidates, "_ALL", 0 if large else 250_000), patch.object(candidates, "_GROUPS", 2):
        assert len(plan(more, fairness, 0, solve).pairs) >= len(plan(instance, fairness, 0, solve).pairs)


@settings(max_examples=40, deadline=None)
@given(instances())
def test_turning_the_dial_gives_up_quality_for_waiting_only(instance: Instance) -> None:
    """P-10: the further it is turned, the better who waits is served, and the less well people fit."""
    ends = [worths(instance, replace(Dial(seed=3), fairness=fairness)) for fairness in (0, 1)]
    quality, urgency = [], []
    for fairness in (0, 0.3, 0.7, 1):
        pairs = pairs_of(plan(instance, fairness, 3, solve), locked=False)
        quality.append(sum(ends[0][two] for two in pairs))
        urgency.append(sum(ends[1][two] for two in pairs))
    assert all(later <= before + 0.001 for before, later in pairwise(quality))
    assert all(later >= before - 0.001 for before, later in pairwise(urgency))


def test_a_large_program_loses_next_to_nothing() -> None:
    """B9: with a few candidates for everybody, within half a percent of the best there is over all pairs."""
    instance = draw(Shape(700, 700, rich=True), 1)
    made = plan(instance, 0, 0, solve)
    assert len(made.pairs) == 700
    assert sum(one.fit.score for one in made.pairs) >= 0.995 * best_total(instance, [])


def test_a_large_program_loses_little_more_where_many_are_to_be_kept_apart() -> None:
    """P-08: every couple that would be paired is to be kept apart. All are served by others, nearly as well."""
    instance = draw(Shape(700, 700, rich=True), 1)
    pairs = pairs_of(plan(instance, 0, 0, solve))
    parted = replace(instance, apart=instance.apart | {couple(*two) for two in pairs})
    made = plan(parted, 0, 0, solve)
    assert len(made.pairs) == 700
    assert not set(pairs_of(made)) & set(pairs)
    assert sum(one.fit.score for one in made.pairs) >= 0.995 * best_total(instance, pairs)


def best_total(instance: Instance, apart: Sequence[Couple]) -> float:
    """The total score of the best dense assignment, in which couples that are `apart` gain nothing."""
    tables, rows = Tables(instance.settings, instance.mentors, instance.mentees), slice(0, len(instance.mentees))
    scores = np.where(tables.allowed(rows), tables.scores(rows), 0)
    row = {one.person_id: at for at, one in enumerate(instance.mentees)}
    column = {one.person_id: at for at, one in enumerate(instance.mentors)}
    for mentor_id, mentee_id in apart:
        scores[row[mentee_id], column[mentor_id]] = 0
    return float(scores[linear_sum_assignment(scores, maximize=True)].sum())
