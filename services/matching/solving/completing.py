"""Nobody is left out only because a large program's pairs are not all looked at."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from services.matching.solving.assigning import NOBODY
from services.matching.solving.candidates import Whole

Allowed = Callable[[int], NDArray[np.bool_]]
"""The columns that a row may have."""
Apart = Callable[[int, int], bool]


def complete(chosen: Whole, room: Whole, waiting: Whole, allowed: Allowed, apart: Apart | None) -> None:
    """Place in `chosen` as many of the `waiting` rows as can be, moving others where need be; nobody loses a place.

    Columns that a vain search has come by lead nowhere for anybody later, so all searches together look at a row once
    for each that is placed, and once more.
    """
    spare = room - np.bincount(chosen[chosen != NOBODY], minlength=len(room))
    vain = np.zeros(len(room), np.bool_)
    for row in waiting.tolist():
        if not spare.any():
            return
        seen = vain.copy()
        via, last = _search(row, chosen, spare, seen, allowed, apart)
        if last == NOBODY:
            vain = seen
            continue
        spare[last] -= 1
        while last != NOBODY:
            mover = via[last]
            last, chosen[mover] = int(chosen[mover]), last


def _search(
    row: int, chosen: Whole, spare: Whole, seen: NDArray[np.bool_], allowed: Allowed, apart: Apart | None
) -> tuple[dict[int, int], int]:
    """Which row leads to which column, and the free column at the end of the way, or NOBODY."""
    via: dict[int, int] = {}
    rows = deque([row])
    while rows:
        mover = rows.popleft()
        free = allowed(mover) & ~seen
        # Free ones first; of others those who hold them may move on.
        for column in [*np.flatnonzero(free & (spare > 0)).tolist(), *np.flatnonzero(free & (spare <= 0)).tolist()]:
            if apart and apart(mover, column):
                continue
            seen[column] = True
            via[column] = mover
            if spare[column] > 0:
                return via, column
            rows.extend(np.flatnonzero(chosen == column).tolist())
    return via, NOBODY
