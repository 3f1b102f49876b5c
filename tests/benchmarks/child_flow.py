"""One end of the way from log to view: `relay`, `consume COUNT`, `append RATE SECONDS` or `watch COUNT`.

`consume` says the events a second, from the start on; `watch` the milliseconds from before an append to the commit of
the view. The parts are put together as in `shared.runtime.backbone`.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from functools import partial
from typing import Any

from pymongo import MongoClient

from shared.bus.consumer import Consumer
from shared.bus.relay import Relay
from shared.eventlog.mongo import MongoEventLog, connect
from shared.kernel.clock import SystemClock
from shared.kernel.events import Event
from shared.views.changes import Change, put
from shared.views.inbox import Inbox
from shared.views.lease import Checkpoints
from shared.views.store import ViewStore
from tests.benchmarks.children import await_go, say
from tests.benchmarks.commits import commit
from tests.benchmarks.runner import CONSUMER, SOURCE

PARTITIONS = int(os.environ["BENCH_PARTITIONS"])


def effect(event: Event) -> list[Change]:
    return [put("effects", event.id, stream=event.stream, at=event.recorded_at, **event.data)]


def relays(client: MongoClient[Any], log: MongoEventLog) -> list[Relay]:
    marks, url = Checkpoints(client, SOURCE), os.environ[f"BENCH_AMQP_{SOURCE.upper()}"]
    return [Relay(log, n, url, partial(marks.load, n), partial(marks.save, n), log.wait) for n in range(PARTITIONS)]


def consumers(client: MongoClient[Any], sink: Inbox) -> list[Consumer]:
    log, url = MongoEventLog(client, SOURCE, PARTITIONS), os.environ[f"BENCH_AMQP_{CONSUMER.upper()}"]

    def feed(_source: str, partition: int, after: int, limit: int) -> list[Event]:
        return [event for commit in log.feed(partition, after, limit) for event in commit.events]

    return [Consumer(CONSUMER, n, url, sink, feed, (SOURCE,)) for n in range(PARTITIONS)]


class Watched(Inbox):
    """Notes how long each event was under way."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.took: list[float] = []

    def apply(self, source: str, partition: int, events: Any) -> None:
        super().apply(source, partition, events)
        now = time.time()
        self.took += [1000 * (now - event.data["sent"]) for event in events]


def relay(client: MongoClient[Any]) -> None:
    workers = relays(client, MongoEventLog(client, SOURCE, PARTITIONS))
    await_go()
    for worker in workers:
        worker.start()
    threading.Event().wait()


def consume(client: MongoClient[Any], count: int) -> None:
    inbox = Inbox(ViewStore(client, CONSUMER), {f"{SOURCE}.ProgramOpened": effect}, lambda _: None, SystemClock())
    workers = consumers(client, inbox)
    began = await_go()
    for worker in workers:
        worker.start()
    while inbox.applied < count:
        time.sleep(0.002)
    say(count / (time.perf_counter() - began))


def watch(client: MongoClient[Any], count: int) -> None:
    views = {f"{SOURCE}.ProgramOpened": effect}
    inbox = Watched(ViewStore(client, CONSUMER), views, lambda _: None, SystemClock())
    for worker in consumers(client, inbox):
        worker.start()
    await_go()
    while len(inbox.took) < count:
        time.sleep(0.01)
    say(inbox.took)


def append(client: MongoClient[Any], rate: float, seconds: float) -> None:
    log = MongoEventLog(client, SOURCE, PARTITIONS)
    log.prepare()
    for worker in relays(client, log):
        worker.start()
    began = await_go()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        # Each by a writer of its own, as requests come: one that waits holds up no other.
        new = commit(f"live-{began}-{number}", 0, number, sent=time.time())
        threading.Thread(target=log.append, args=(new,), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    does, *numbers = sys.argv[1:]
    {"relay": relay, "consume": consume, "watch": watch, "append": append}[does](
        connect(os.environ["BENCH_MONGO"]), *map(float, numbers)
    )
