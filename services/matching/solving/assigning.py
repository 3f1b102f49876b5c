"""The cheapest assignment that places as many as can be, over the pairs that are looked at: by scipy."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from services.matching.solving.candidates import Edges, Whole

NOBODY = -1


def assign(edges: Edges, costs: Whole, room: Whole, load: Whole, step: int) -> Whole:
    """For each row its column, or NOBODY: as many as can be, then at the least cost.

    Costs are above 0. A column is given at most `room` times; each time after the first costs `step` more, and so does
    each of its `load`.
    """
    count = edges.count
    chosen = np.full(count, NOBODY, np.int64)
    if not room[edges.columns].any():
        return chosen
    starts = np.concatenate([[0], np.cumsum(room)])
    many = room[edges.columns]
    rows, again = np.repeat(edges.rows, many), np.repeat(np.arange(len(many)), many)
    nth = np.arange(len(again)) - np.repeat(np.cumsum(many) - many, many)
    places = starts[edges.columns[again]] + nth
    weights = costs[again] + step * (load[edges.columns[again]] + nth)
    of_place = np.repeat(np.arange(len(room)), room)
    if count <= len(of_place):
        found = _matched(rows, places, weights, count, len(of_place))
        for_rows, for_places = np.arange(count), found
    else:
        found = _matched(places, rows, weights, len(of_place), count)
        for_rows, for_places = found, np.arange(len(of_place))
    placed = found != NOBODY
    chosen[for_rows[placed]] = of_place[for_places[placed]]
    return chosen


def _matched(rows: Whole, columns: Whole, weights: Whole, count: int, width: int) -> Whole:
    """For each row a column or NOBODY. Being left out costs more than all else together."""
    out = np.arange(count)
    left_out = np.full(count, int(weights.max()) * (count + 1))
    table = csr_array(
        (
            np.concatenate([weights, left_out]).astype(np.float64),
            (np.concatenate([rows, out]), np.concatenate([columns, width + out])),
        ),
        shape=(count, width + count),
    )
    _, found = min_weight_full_bipartite_matching(table)
    return np.where(found < width, found, NOBODY)
