"""How long the oldest waits of what waits for its moment: timers, mail, cases."""

from __future__ import annotations

from shared.application.table import Reads, Table
from shared.kernel.clock import Clock, from_text, to_text


def waiting(table: Table, reads: Reads, clock: Clock) -> dict[str, float]:
    """Seconds by word, 0 where nothing is due: see `Table.waits`. Raises Unavailable."""
    waits = dict(table.waits)
    if table.due_view:
        waits["timer"] = (table.due_view, {}, "at")
    now = clock.now()
    ages = {}
    for what, (view, where, since) in waits.items():
        oldest = reads.find(view, {**where, since: {"$lte": to_text(now)}}, order=since, limit=1)
        ages[what] = (now - from_text(oldest[0][since])).total_seconds() if oldest else 0.0
    return ages
