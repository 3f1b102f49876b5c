"""Planted bugs: the few lines by which each would have crept in, and the invariants that must turn red.

Numbers as in the design of the fault runs. In the simulation: `planted_log` has 2, 3, 8, 12, 13 and 17, `planted_bus`
has 4, 5, 6, 7, 9 and 10, `planted_words` has 14 and 15. On the real broker and store, in `points/planted`: 1 (a
counter allocated before the insert), 11 (a delivery limit without dead letters), 16 (a channel leaked on each
reconnect) and 18 (`w: 1` writes), which nothing in memory has. `planted_run` runs all 18.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.torture import planted_bus as bus
from tests.torture import planted_log as log
from tests.torture import planted_words as words
from tests.torture.simulation import Plan, simulate

Plant = Callable[[pytest.MonkeyPatch], Plan]

SEEDS = 60
"""Within so many every bug is seen."""

PLANTED: dict[str, tuple[Plant, tuple[str, ...]]] = {
    "2": (log.unique_on_a_version_instead_of_seq, ("I5",)),
    "3": (log.events_without_a_transaction, ("I6",)),
    "4": (bus.commit_then_publish, ("I8",)),
    "5": (bus.checkpoint_before_the_confirm, ("I8", "I12")),
    "6": (bus.a_missing_binding_and_no_mandatory, ("I12",)),
    "7": (bus.acknowledge_before_the_transaction, ("I8", "I9")),
    "8": (log.watermark_outside_the_transaction, ("I9", "I13")),
    "9": (bus.known_ids_in_a_window, ("I9",)),
    "10": (bus.retry_at_the_tail, ("I10",)),
    "12": (log.random_ids_for_what_follows, ("I3", "I15")),
    "13": (log.a_view_that_reads_the_clock, ("I13",)),
    "14 snapshot": (words.a_snapshot_that_stays, ("I16",)),
    "14 parked": (words.a_parked_event_that_stays, ("I16",)),
    "14 export": (words.an_export_that_stays, ("I16",)),
    "15": (words.a_log_line_with_words, ("I18",)),
    "17": (log.a_writer_that_does_not_look, ("I5",)),
}
"""By number (and variant): what plants the bug, and the invariants that must see it."""


def red(number: str) -> tuple[set[str], int]:
    """Plant a bug and run seeds until all that is named for it is red: what was, and after how many seeds."""
    plant, named = PLANTED[number]
    found: set[str] = set()
    with pytest.MonkeyPatch.context() as monkeypatch:
        plan = plant(monkeypatch)
        for seed in range(SEEDS):
            with suppress(Exception):  # A bug may end a run outright; that alone does not count as seen.
                found |= simulate(seed, plan).violations.keys()
            if found >= set(named):
                return found, seed + 1
    return found, SEEDS
