"""A run from its instance to what becomes of every mentee: candidates, what each is worth, the assignment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.instance import Instance
from services.matching.domain.planning import FAILED_ON, Choice, Dial, better, lot
from services.matching.domain.profile import Profile
from services.matching.domain.scoring import fit
from services.matching.solving.assigning import NOBODY, assign
from services.matching.solving.candidates import UNITS, Edges, Whole, Yes, allowed, candidates
from services.matching.solving.completing import Apart, complete
from services.matching.solving.tables import People, Tables
from shared.kernel.ids import couple

_MOST = 1.02
"""More than any pair is worth: what it lacks of this is its cost."""
_STEP = UNITS // 100_000
"""What each pair that a mentor has already adds to the cost of one more: it decides between equals."""


def solve(instance: Instance, dial: Dial) -> Mapping[str, Choice]:
    """See `planning.Solve`."""
    return prepared(instance, dial.seed)(dial)


def prepared(instance: Instance, seed: int) -> Callable[[Dial], Mapping[str, Choice]]:
    """All of a run that does not depend on the dial, so that several settings can be tried at the cost of few."""
    taken = Counter(mentor_id for mentor_id, _ in instance.locked)
    bound = {mentee_id for _, mentee_id in instance.locked}
    mentors = _drawn(instance.mentors, seed)
    mentees = _drawn((one for one in instance.mentees if one.person_id not in bound), seed)
    if not mentors or not mentees:
        return lambda _dial: {one.person_id: Choice(None, None, 0) for one in mentees}
    tables, apart = Tables(instance.settings, mentors, mentees), _apart(instance, mentors, mentees)
    edges, options = candidates(tables, seed)
    room = _whole(max(0, instance.places(one.person_id) - taken[one.person_id]) for one in mentors)
    load = _whole(instance.load.get(one.person_id, 0) + taken[one.person_id] for one in mentors)
    patience, no_better = _patience(instance, mentees), _no_better(instance, mentors, mentees, edges)

    def at(dial: Dial) -> Mapping[str, Choice]:
        urgency = dial.urgency(patience, np.maximum(options, 1))
        worth = dial.worth(edges.scores / UNITS, no_better, urgency[edges.rows])
        costs = np.rint((_MOST - worth) * UNITS).astype(np.int64)
        chosen = _assigned(edges, apart, costs, room, load)
        if not edges.complete:
            waiting = np.flatnonzero((chosen == NOBODY) & (options > 0))
            complete(chosen, room, waiting, partial(allowed, tables), apart)
        others = _runners_up(edges, apart, chosen)
        return {
            one.person_id: Choice(_name(mentors, column), _name(mentors, other), many)
            for one, column, other, many in zip(
                mentees, chosen.tolist(), others.tolist(), options.tolist(), strict=True
            )
        }

    return at


def _drawn(people: Iterable[Profile], seed: int) -> list[Profile]:
    return sorted(people, key=lambda one: lot(seed, one.person_id))


def _apart(instance: Instance, mentors: People, mentees: People) -> Apart | None:
    """Whether a row and a column are a couple not to be paired; None where there is no such couple."""
    if not instance.apart and not any(one.do_not_pair for one in (*mentors, *mentees)):
        return None

    def apart(row: int, column: int) -> bool:
        mentee, mentor = mentees[row], mentors[column]
        wished = mentor.person_id in mentee.do_not_pair or mentee.person_id in mentor.do_not_pair
        return wished or couple(mentor.person_id, mentee.person_id) in instance.apart

    return apart


def _assigned(edges: Edges, apart: Apart | None, costs: Whole, room: Whole, load: Whole) -> Whole:
    """The cheapest assignment in which no couple is to be kept apart.

    Couples are known by a hash of both names, so only those that were assigned are asked for. After that a small
    program is assigned anew; of a large one the rows concerned and those who hold what these could have.
    """
    chosen = assign(edges, costs, room, load, _STEP)
    good = np.ones(len(edges.rows), np.bool_)
    while (bad := _kept_apart(chosen, apart)).any():
        good &= ~_picked(edges, np.where(bad, chosen, NOBODY))
        anew = np.ones(edges.count, np.bool_)
        if not edges.complete:
            wanted = np.unique(edges.columns[good & bad[edges.rows]])
            anew = bad | np.isin(chosen, wanted)
        kept = np.where(anew, NOBODY, chosen)
        held = np.bincount(kept[kept != NOBODY], minlength=len(room))
        these = good & anew[edges.rows]
        chosen = kept
        chosen[anew] = assign(edges.only(these).of(anew), costs[these], room - held, load + held, _STEP)
    return chosen


def _kept_apart(chosen: Whole, apart: Apart | None) -> Yes:
    """Which rows were given a column that they are to be kept apart from."""
    return np.array(
        [bool(apart and column != NOBODY and apart(row, column)) for row, column in enumerate(chosen.tolist())]
    )


def _picked(edges: Edges, chosen: Whole) -> Yes:
    found: Yes = edges.columns == chosen[edges.rows]
    return found


def _patience(instance: Instance, mentees: People) -> NDArray[np.float64]:
    """1 for who has waited longest, 0 for who came last; of those who came at once the lot decides."""
    queue = sorted(range(len(mentees)), key=lambda at: instance.since.get(mentees[at].person_id, ""))
    found = np.empty(len(mentees))
    found[queue] = np.linspace(1, 0, len(mentees))
    return found


def _no_better(instance: Instance, mentors: People, mentees: People, edges: Edges) -> NDArray[np.bool_]:
    """Which pairs are no better than the mentee's last one on the point that it failed on."""
    found = np.zeros(len(edges.rows), np.bool_)
    former, settings = [instance.former.get(one.person_id) for one in mentees], instance.settings.shown
    concerned = np.array([one is not None and one.reason in FAILED_ON for one in former], np.bool_)
    for at in np.flatnonzero(concerned[edges.rows]).tolist():
        row, column = edges.rows[at], edges.columns[at]
        last = former[row]
        found[at] = last and better(last, fit(mentors[column], mentees[row], settings).parts) is False
    return found


def _runners_up(edges: Edges, apart: Apart | None, chosen: Whole) -> Whole:
    """For each row the best of its columns, as scores are shown, that it was not given and is not kept apart from."""
    order = np.lexsort((edges.columns, -edges.shown, edges.rows))
    order = order[~_picked(edges, chosen)[order]]
    while True:
        rows, first = np.unique(edges.rows[order], return_index=True)
        found = np.full(edges.count, NOBODY, np.int64)
        found[rows] = edges.columns[order][first]
        bad = _kept_apart(found, apart)
        if not bad.any():
            return found
        order = order[~_picked(edges, np.where(bad, found, NOBODY))[order]]


def _name(mentors: Sequence[Profile], column: int) -> str | None:
    return None if column == NOBODY else mentors[column].person_id


def _whole(numbers: Iterable[int]) -> Whole:
    return np.fromiter(numbers, np.int64)
