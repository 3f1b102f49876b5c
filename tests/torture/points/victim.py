"""The process that is hurt: both services with the product's own log, relay, consumer, inbox and views.

It is forked from a server that has everything imported, so that a new one is there in a fraction of a second. Over its
pipe come words to say; back go `(kind, id, partition, position)`: see `Case`.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from shared.application.application import Application, Context
from shared.bus.worker import Worker
from shared.eventlog import LogUnavailable
from shared.eventlog.mongo import MongoEventLog, connect
from shared.kernel.clock import SystemClock
from shared.kernel.errors import Unavailable
from shared.privacy.keys import MemoryKeys
from shared.privacy.sealing import Sealer
from shared.testing.scenario import person
from shared.views.inbox import Inbox
from shared.views.lease import Checkpoints
from shared.views.reader import ViewReader
from shared.views.tailer import Tailer
from tests.torture.points import flow
from tests.torture.points.ports import Fault, FaultyConsumer, FaultyLog, FaultyRelay, FaultyViews

_QUIET = 0.3
"""Seconds without a message that is not acknowledged, after which nothing is at hand."""
_PATIENCE = 5.0
LIFETIME = 90
"""Seconds after which it ends in any case, should nobody be there any more who would end it."""


@dataclass(frozen=True)
class Place:
    """Where it works, under names of its own, and what hurts it: `point` is "" where nothing does."""

    amqp_url: str
    mongo_url: str
    source: str
    hearer: str
    point: str
    how: str
    output: str


class Victim:
    """Both services at work."""

    def __init__(self, place: Place, fault: Fault) -> None:
        self._client = connect(place.mongo_url)
        self._running: list[Any] = []
        self._threads: list[threading.Thread] = []
        self.said = self._log(FaultyLog, place.source, fault)
        noted = self._log(MongoEventLog, place.hearer)
        checkpoints = Checkpoints(self._client, place.source)
        views = FaultyViews(self._client, place.hearer)
        views.fault = fault
        self.speaker = self._application(flow.speaker(place.source), self.said, views)
        hearer = self._application(flow.hearer(place.hearer, place.source), noted, views)
        inbox = Inbox(views, hearer.table.views, hearer.react, hearer.clock)
        load, save = partial(checkpoints.load, 0), partial(checkpoints.save, 0)
        relay = FaultyRelay(self.said, 0, place.amqp_url, load, save, self.said.wait, confirm_within=1.0)
        # No feed answers: what the bus loses stays lost, and is seen.
        consumer = self.consumer = FaultyConsumer(place.hearer, 0, place.amqp_url, inbox, lambda *_: [], [place.source])
        relay.fault = consumer.fault = fault
        for worker in (relay, consumer, Tailer(noted, 0, inbox, noted.wait)):
            self._start(worker)

    def say(self, id: str, talk: str, word: str) -> tuple[str, str, int, int]:
        context = Context(person("ada"), id, id)
        try:
            done = self.speaker.execute("say", {"talk": talk, "word": word}, context)
        except Unavailable:
            return "unknown", id, 0, 0
        return "ack", id, done.partition, done.position

    def stop(self) -> None:
        """Finish what is at hand, acknowledgements included."""
        quiet_since = began = time.monotonic()
        while time.monotonic() - quiet_since < _QUIET and time.monotonic() - began < _PATIENCE:
            if not self.consumer.connected or len(self.consumer._deliveries):
                quiet_since = time.monotonic()
            time.sleep(0.02)
        for worker in self._running:
            if isinstance(worker, Worker):
                worker.stopping.set()
                worker.waker.wake()
            else:
                worker.stop()
        for thread in self._threads:
            thread.join()
        for worker in self._running:
            if isinstance(worker, Worker):
                worker.waker.close()
        self._client.close()

    def _log(self, kind: Any, name: str, fault: Fault | None = None) -> Any:
        log = kind(self._client, name, 1, limit=2.0, patience=1.0)
        log.fault = fault
        while True:
            with suppress(LogUnavailable):
                log.prepare()
                return log

    def _application(self, table: Any, log: Any, views: FaultyViews) -> Application:
        reader = ViewReader(self._client, table.name, views)
        return Application(table, log, Sealer(MemoryKeys()), reader, SystemClock())

    def _start(self, worker: Any) -> None:
        thread = threading.Thread(target=worker.run, daemon=True)
        self._running.append(worker)
        self._threads.append(thread)
        thread.start()


def main(pipe: Connection, place: Place) -> None:
    """Say what comes until the other end of the pipe is closed."""
    signal.alarm(LIFETIME)
    output = os.open(place.output, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.dup2(output, 1)
    os.dup2(output, 2)
    lock = threading.Lock()

    def tell(kind: str, *more: Any) -> None:
        with lock, suppress(OSError):  # nobody listens any more
            pipe.send((kind, *more))

    with flow.published(place.source, place.hearer):
        victim = Victim(place, Fault(place.point, place.how, tell))
        tell("ready")
        with suppress(EOFError):
            while True:
                tell(*victim.say(*pipe.recv()))
        victim.stop()
