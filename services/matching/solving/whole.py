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
        chosen = _settled(edges, apart, lambda good: assign(edges.only(good), costs[good], room, load, _STEP))
        if not edges.complete:
            waiting = np.flatnonzero((chosen == NOBODY) & (options > 0))
            complete(chosen, room, waiting, partial(allowed, tables), apart)
        others = _settled(edges, apart, lambda good: _runners_up(edges.only(good), chosen))
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


def _settled(edges: Edges, apart: Apart | None, pick: Callable[[Yes], Whole]) -> Whole:
    """What is picked for each row, from those pairs that are good, once no couple of it is to be kept apart.

    Couples are known by a hash of both names, so only those that were picked are asked for.
    """
    good = np.ones(len(edges.rows), np.bool_)
    while True:
        picked = pick(good)
        pairs = enumerate(picked.tolist())
        bad = [row for row, column in pairs if apart and column != NOBODY and apart(row, column)]
        if not bad:
            return picked
        good &= ~(np.isin(edges.rows, bad) & (edges.columns == picked[edges.rows]))


def _patience(instance: Instance, mentees: People) -> NDArray[np.float64]:
    """1 for who has waited longest, 0 for who came last; of those who came at once the lot decides."""
    queue = sorted(range(len(mentees)), key=lambda at: instance.since.get(mentees[at].person_id, ""))
    found = np.empty(len(mentees))
    found[queue] = np.linspace(1, 0, len(mentees))
    return found


def _no_better(instance: Instance, mentors: People, mentees: People, edges: Edges) -> NDArray[np.bool_]:
    """Which pairs are no better than the mentee's last one on the point that it failed on."""
    found = np.zeros(len(edges.rows), np.bool_)
    former = [instance.former.get(one.person_id) for one in mentees]
    concerned = np.array([one is not None and one.reason in FAILED_ON for one in former], np.bool_)
    for at in np.flatnonzero(concerned[edges.rows]).tolist():
        row, column = edges.rows[at], edges.columns[at]
        last = former[row]
        found[at] = last and better(last, fit(mentors[column], mentees[row], instance.settings).parts) is False
    return found


def _runners_up(edges: Edges, chosen: Whole) -> Whole:
    """For each row the best of its columns that it was not given, or NOBODY."""
    order = np.lexsort((edges.columns, -edges.scores, edges.rows))
    order = order[edges.columns[order] != chosen[edges.rows[order]]]
    rows, first = np.unique(edges.rows[order], return_index=True)
    found = np.full(edges.count, NOBODY, np.int64)
    found[rows] = edges.columns[order][first]
    return found


def _name(mentors: Sequence[Profile], column: int) -> str | None:
    return None if column == NOBODY else mentors[column].person_id


def _whole(numbers: Iterable[int]) -> Whole:
    return np.fromiter(numbers, np.int64)
