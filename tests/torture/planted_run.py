"""`make torture PLANTED=1`: plants all 18 bugs, one after the other, and shows whether each was seen.

Those of `planted` run in the simulation, seed by seed, until all that is named for them is red; the others on a real
broker and store. A bug with variants counts as seen only where each of them was.
"""

from __future__ import annotations

import importlib
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from structlog.testing import capture_logs

from tests.torture import planted

ALL = 18

Plants = dict[str, tuple[Callable[[], set[str]], tuple[str, ...]]]


@dataclass(frozen=True)
class Row:
    """What came of one bug. `red`: the invariants that were violated; `after`: how much it took."""

    number: str
    bug: str
    named: tuple[str, ...]
    red: set[str]
    after: str

    @property
    def caught(self) -> bool:
        return self.red >= set(self.named)

    def __str__(self) -> str:
        red = " ".join(sorted(self.red, key=lambda name: int(name[1:]))) or "none"
        return "  ".join(
            (
                f"{self.number:>2}",
                f"{self.bug:<44}",
                f"{' '.join(self.named):<8}",
                f"{red:<22}",
                f"{self.after:>16}",
                "yes" if self.caught else "NO",
            )
        )


def run() -> int:
    """Plant all, print a table, and give 0 only where all 18 were caught."""
    logging.getLogger().setLevel(logging.CRITICAL)  # What a planted bug makes the product complain of.
    points: Plants = importlib.import_module("tests.torture.points.planted").PLANTED
    rows: list[Row] = []
    for number in sorted({*planted.PLANTED, *points}, key=lambda number: (int(number.split()[0]), number)):
        rows.append(_simulated(number) if number in planted.PLANTED else _pointed(number, points))
        print(rows[-1], flush=True)
    found = {row.number for row in rows} - {row.number for row in rows if not row.caught}
    print(f"{len(found)} of {ALL} planted bugs were caught.")
    return 0 if len(found) == ALL else 1


def _simulated(number: str) -> Row:
    plant, named = planted.PLANTED[number]
    began = time.monotonic()
    red, seeds = planted.red(number)
    after = f"{seeds} seeds, {time.monotonic() - began:.1f} s"
    return Row(number.split(maxsplit=1)[0], _words(plant), named, red, after)


def _pointed(number: str, points: Plants) -> Row:
    plant, named = points[number]
    began = time.monotonic()
    with capture_logs():
        red = plant()
    return Row(number, _words(plant), named, red, f"{time.monotonic() - began:.1f} s")


def _words(plant: Callable[..., object]) -> str:
    return plant.__name__.replace("_", " ")


if __name__ == "__main__":
    sys.exit(run())
