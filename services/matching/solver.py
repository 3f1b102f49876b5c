"""The best whole assignment, by scipy: kept out of the domain, which only names what it wants."""

from __future__ import annotations

from collections.abc import Sequence


def assign(worths: Sequence[Sequence[float | None]], room: Sequence[int]) -> list[int | None]:
    """For each row (mentee) its column (mentor), or None, so that the total worth is as large as can be.

    `worths` are above 0, or None where a pair is not allowed; column `c` is given at most `room[c]` times.
    The same input always gives the same answer.
    """
    if not worths or not room:
        return [None] * len(worths)
    import numpy as np  # noqa: PLC0415 (50 MB that a service without a run of recommendations does not need)
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    table = np.array([[0.0 if worth is None else worth for worth in row] for row in worths])
    places = np.repeat(np.arange(len(room)), np.minimum(room, len(worths)))
    chosen: list[int | None] = [None] * len(worths)
    for row, place in zip(*linear_sum_assignment(table[:, places], maximize=True), strict=True):
        column = int(places[place])
        if worths[row][column] is not None:
            chosen[row] = column
    return chosen
