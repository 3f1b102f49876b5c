"""B12: what an append and a projection cost on a long log, beside the same on a short one."""

from __future__ import annotations

import time
from typing import Any

from pymongo import MongoClient

from shared.eventlog.mongo import MongoEventLog
from shared.kernel.clock import SystemClock
from shared.kernel.events import Event
from shared.views.changes import Change, put
from shared.views.inbox import Inbox
from shared.views.store import ViewStore
from tests.benchmarks.bench_append import SECONDS, hammer
from tests.benchmarks.commits import commit, fill
from tests.benchmarks.runner import Place, Row, Tick, take_turns

SHORT, LONG = 10_000, 1_000_000
_PROJECTED, _BATCH = 5_000, 200


def run(place: Place, tick: Tick) -> list[Row]:
    client, logs = place.client, {}
    for count in (SHORT, LONG):
        service = f"bench_{count}"
        fill(client, service, 1, count)
        logs[count] = MongoEventLog(client, service, 1)
    appended = take_turns({f"append at {count:,}": lambda log=log: _append(log) for count, log in logs.items()}, tick)  # type: ignore[misc]
    projected = take_turns(
        {
            f"project at {count:,}": lambda log=log, count=count: _project(client, log, count)  # type: ignore[misc]
            for count, log in logs.items()
        },
        tick,
    )
    for log in logs.values():
        log.close()
    rows = []
    for what, found in (("append", appended), ("projection", projected)):
        short, long = ([1e6 / rate for rate in rates] for rates in found.values())
        title = f"{what} at {LONG:,} commits"
        rows.append(Row("B12", title, "µs", long, f"at {SHORT:,}", short, 1.2, at_least=False))
    return rows


def _append(log: MongoEventLog) -> float:
    return hammer(64, SECONDS, lambda stream, seq: log.append(commit(stream, seq)))


def _project(client: MongoClient[dict[str, Any]], log: MongoEventLog, count: int) -> float:
    """The last commits of the log, read and applied in batches, into a view that already stands before them."""
    store = ViewStore(client, log.service)
    inbox = Inbox(store, {f"{log.service}.ProgramOpened": _effect}, lambda _: None, SystemClock())
    after = count - _PROJECTED
    client[log.service][store.name_of("watermarks")].replace_one(
        {"_id": f"{log.service}.0"}, {"position": after}, upsert=True
    )
    began = time.perf_counter()
    while after < count:
        events = [event for commit in log.feed(0, after, _BATCH) for event in commit.events]
        inbox.apply(log.service, 0, events)
        after = events[-1].position
    return _PROJECTED / (time.perf_counter() - began)


def _effect(event: Event) -> list[Change]:
    return [put("effects", event.stream, at=event.recorded_at, **event.data)]
