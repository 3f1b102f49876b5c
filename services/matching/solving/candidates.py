"""Which pairs are looked at: all of a small program; of a large one a few for everybody, chosen so that next to nothing

is lost. People stand in an order drawn by lot, so that neighbours are strangers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.matching.solving.tables import Tables

Whole = NDArray[np.int64]
Yes = NDArray[np.bool_]

UNITS = 1_000_000
"""Scores are counted in millionths: whole numbers are the same on every machine, and equals stay equal."""

_ALL = 250_000
"""Up to so many possible pairs all are looked at, and the answer is the best there is."""
_GROUPS = 50
_HAZE = 0.2
_CELLS = 500_000
"""So many are computed at a time, to fit the processor's cache."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs that the rules allow, in the order of rows and then columns. `scores` in UNITS, `shown` the same without

    protected questions; `count` is of all rows.

    `complete`: these are all there are.
    """

    count: int
    rows: Whole
    columns: Whole
    scores: Whole
    shown: Whole
    complete: bool

    def only(self, these: Yes) -> Edges:
        return replace(
            self,
            rows=self.rows[these],
            columns=self.columns[these],
            scores=self.scores[these],
            shown=self.shown[these],
        )

    def of(self, these: Yes) -> Edges:
        """The pairs of these rows alone, which are numbered anew."""
        number = np.cumsum(these) - 1
        found = self.only(these[self.rows])
        return replace(found, count=int(these.sum()), rows=number[found.rows])


def candidates(tables: Tables, seed: int) -> tuple[Edges, Whole]:
    """The pairs to be looked at, and how many mentors each row could have.

    Of a large program: for each mentee the best mentor of each of 50 groups, for each mentor the best mentee of each of
    50. What is best is seen through a haze: otherwise all who are alike would be offered the same few, who are soon
    taken.
    """
    count, width = tables.shape
    if count * width <= _ALL:
        scores, shown, may = _seen(tables, slice(0, count))
        rows, columns = np.nonzero(may)
        worth, told = (table[rows, columns].astype(np.int64) for table in (scores, shown))
        return Edges(count, rows, columns, worth, told, complete=True), may.sum(axis=1)
    chance = np.random.Generator(np.random.PCG64(seed))
    haze = (chance.random(3 * width, np.float32) * np.float32(_HAZE * UNITS)).astype(np.int32)
    step = -(-count // _GROUPS)
    found = [_of_group(tables, slice(at, min(at + step, count)), haze, chance) for at in range(0, count, step)]
    every, worth, told, options = (np.concatenate(of_groups) for of_groups in zip(*found, strict=True))
    keys, places = np.unique(every, return_index=True)
    return Edges(count, keys // width, keys % width, worth[places], told[places], complete=False), options


def allowed(tables: Tables, row: int) -> Yes:
    """The columns that neither a rule nor the program's least score keeps from a row."""
    _, _, may = _seen(tables, slice(row, row + 1))
    return may.ravel()


def _of_group(
    tables: Tables, rows: slice, haze: NDArray[np.int32], chance: np.random.Generator
) -> tuple[Whole, Whole, Whole, Whole]:
    """Of a group of mentees: their pairs as single numbers, the scores of these, as shown too, everybody's options."""
    scores, shown, may = _seen(tables, rows)
    count, width = scores.shape
    shifts = chance.integers(0, len(haze) - width, count)
    hazy = np.where(may, scores + np.lib.stride_tricks.sliding_window_view(haze, width)[shifts], -1)
    starts = range(0, width, -(-width // _GROUPS))
    best = [hazy[:, start : start + starts.step].argmax(axis=1) + start for start in starts]
    at = np.concatenate([np.tile(np.arange(count), len(best)), hazy.argmax(axis=0)])
    columns = np.concatenate([*best, np.arange(width)])
    good = may[at, columns]
    at, columns = at[good], columns[good]
    worth, told = (table[at, columns].astype(np.int64) for table in (scores, shown))
    return (at + rows.start) * width + columns, worth, told, may.sum(axis=1)


def _seen(tables: Tables, rows: slice) -> tuple[NDArray[np.int32], NDArray[np.int32], Yes]:
    """The scores, the same as they may be shown, and who may be paired."""
    shape = (rows.stop - rows.start, tables.shape[1])
    scores, may = np.empty(shape, np.int32), np.empty(shape, np.bool_)
    shown = np.empty(shape, np.int32) if tables.hides else scores
    step = max(1, _CELLS // shape[1])
    for start in range(rows.start, rows.stop, step):
        piece = slice(start, min(start + step, rows.stop))
        here = slice(piece.start - rows.start, piece.stop - rows.start)
        scores[here] = np.rint(tables.scores(piece) * np.float32(UNITS))
        if tables.hides:
            shown[here] = np.rint(tables.shown(piece) * np.float32(UNITS))
        may[here] = tables.allowed(piece)
    return scores, shown, may & (scores >= round(tables.least * UNITS))
