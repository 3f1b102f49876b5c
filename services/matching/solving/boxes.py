"""Ticked boxes as matrices: who ticked what, and what two people have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float32]
Part = Callable[[slice], Table]
"""Some rows (mentees) of a table, all its columns (mentors); nan where it cannot be known for the two."""

Boxes = Collection[Any]

_WHOLE = 2**20
"""Shares are counted in these: sums of whole numbers are exact in float32, in any order, on any machine."""


def once(part: Part) -> Part:
    """The same, remembering the rows last asked for: a rule and the score look at the same table."""
    last: dict[tuple[int, int], Table] = {}

    def remembered(rows: slice) -> Table:
        key = (rows.start, rows.stop)
        if key not in last:
            last.clear()
            last[key] = part(rows)
        return last[key]

    return remembered


def both_have(ones: Sequence[Boxes], others: Sequence[Boxes]) -> Part:
    """How many boxes two ticked both."""
    places = _places(ones, others)
    rows, columns = _ticked(ones, places), _ticked(others, places).T
    return lambda at: rows[at] @ columns


def in_common(ones: Sequence[Boxes], others: Sequence[Boxes]) -> Part:
    """Everybody spreads one whole evenly over what they ticked; what is laid on the same boxes counts."""
    same = both_have(ones, others)
    many, most = _many(ones)[:, None], np.maximum(_many(others), 1)
    return lambda at: np.asarray(same(at) / np.maximum(many[at], most), np.float32)


def covered(wished: Sequence[Sequence[Any]], offered: Sequence[Boxes]) -> Part:
    """The share of the wishes that is offered; the first wish weighs 1, the second 1/2, the third 1/3 …"""
    met, wholes = _met(wished, offered), _wholes([len(wishes) for wishes in wished])[:, None]
    return lambda at: met(at) / wholes[at]


def covered_in_common(wished: Sequence[Sequence[Any]], offered: Sequence[Boxes]) -> Part:
    """The same, as a share of what either wished or offered, where that is more."""
    met, many, most = _met(wished, offered), _many(wished)[:, None], _many(offered)
    longest = int(max(many.max(initial=0), most.max(initial=0)))
    wholes = _wholes(range(longest + 1))
    return lambda at: met(at) / wholes[np.maximum(many[at], most).astype(np.intp)]


def looked_up(
    ones: Sequence[Any], others: Sequence[Any], key: Callable[[Any], Any], ask: Callable[[Any, Any], float]
) -> Part:
    """What `ask` says of two, where all that have the same key get the same answer."""
    (kinds, rows), (other_kinds, columns) = _kinds(ones, key), _kinds(others, key)
    asked = np.array([[ask(other, one) for other in other_kinds] for one in kinds], np.float32)
    wide = asked.reshape(len(kinds), len(other_kinds))[:, columns]
    return lambda at: wide[rows[at]]


def _met(wished: Sequence[Sequence[Any]], offered: Sequence[Boxes]) -> Part:
    """What the wishes weigh that are offered, in 2⁻²⁰."""
    places = _places(wished, offered)
    rows, columns = np.zeros((len(wished), len(places)), np.float32), _ticked(offered, places).T
    for row, wishes in zip(rows, wished, strict=True):
        for place, wish in enumerate(wishes, 1):
            if wish in places:
                row[places[wish]] = round(_WHOLE / place)
    return lambda at: rows[at] @ columns


def _wholes(counts: Iterable[int]) -> Table:
    """What so many wishes weigh together, in 2⁻²⁰; of none, something that is above 0."""
    return np.array([sum(round(_WHOLE / place) for place in range(1, max(many, 1) + 1)) for many in counts], np.float32)


def _places(ones: Sequence[Boxes], others: Sequence[Boxes]) -> dict[Any, int]:
    """A column for each box that somebody on either side ticked."""
    both = {box for boxes in ones for box in boxes} & {box for boxes in others for box in boxes}
    return {box: at for at, box in enumerate(sorted(both))}


def _ticked(people: Sequence[Boxes], places: dict[Any, int]) -> Table:
    found = np.zeros((len(people), len(places)), np.float32)
    for row, boxes in zip(found, people, strict=True):
        row[[places[box] for box in boxes if box in places]] = 1
    return found


def _many(people: Sequence[Boxes]) -> Table:
    return np.array([len(boxes) for boxes in people], np.float32)


def _kinds(people: Sequence[Any], key: Callable[[Any], Any]) -> tuple[list[Any], NDArray[np.intp]]:
    """One of each kind, and of which kind everybody is."""
    examples = {key(one): one for one in people}
    places = {kind: at for at, kind in enumerate(sorted(examples))}
    return [examples[kind] for kind in sorted(examples)], np.array([places[key(one)] for one in people], np.intp)
