"""B7: reading the whole log back, and rebuilding the view that has the most documents."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from services.conversations import views
from shared.application.table import Table
from shared.eventlog.mongo import MongoEventLog
from shared.eventlog.place import log_database
from shared.kernel.ids import derive
from shared.views.rebuild import Rebuild
from tests.benchmarks.commits import fill
from tests.benchmarks.runner import Place, Row, Tick, take_turns

COMMITS = 40_000
_SERVICE = "conversations"
_TABLE = Table(_SERVICE, commands={}, queries={}, views=views.VIEWS, indexes=views.INDEXES)
_PAIR = ("program_id", "group_id", "mentor_id", "mentee_id", "pair_id")


def message(number: int) -> tuple[str, dict[str, Any]]:
    """A message, sealed to the length that a sentence has then."""
    pair = {name: derive(name, number % 500) for name in _PAIR}
    said = {"message_id": derive("message", number), "sender_id": pair["mentor_id"], "commitment": "c" * 43}
    return "MessageSent", {**pair, **said, "text": {"key": derive("key", number % 500), "sealed": "s" * 160}}


def run(place: Place, tick: Tick) -> list[Row]:
    fill(place.client, _SERVICE, 1, COMMITS, message)
    log = MongoEventLog(place.client, _SERVICE, 1)
    documents = place.client[log_database(_SERVICE)]["log_0"]
    found = take_turns(
        {
            "replay": lambda: _rate(lambda: sum(len(commit.events) for commit in log.replay(0))),
            "plain cursor": lambda: _rate(lambda: sum(1 for _ in documents.find().sort("_id", 1))),
            "rebuild": lambda: _rate(lambda: _rebuild(place, log)),
        },
        tick,
    )
    log.close()
    return [
        Row("B7", "replay with decoding", "events/s", found["replay"], "plain cursor", found["plain cursor"], 0.5),
        Row("B7", "rebuild of the largest view (messages)", "events/s", found["rebuild"], wanted=20_000),
    ]


def _rebuild(place: Place, log: MongoEventLog) -> int:
    """The live views are said to stand at the end of the log: a rebuild goes as far as they do."""
    place.client[_SERVICE]["view1_watermarks"].replace_one({"_id": f"{_SERVICE}.0"}, {"position": COMMITS}, upsert=True)
    work = Rebuild(_TABLE, place.client, {_SERVICE: log})
    try:
        return work.run().events
    finally:
        work.close()


def _rate(read: Callable[[], int]) -> float:
    began = time.perf_counter()
    assert read() == COMMITS
    return COMMITS / (time.perf_counter() - began)
