"""Everything that runs behind a service: its log, its views, its relay, its consumers, its timers.

It knows no nameko: `service.py` puts it under nameko's life cycle. All loops are threads; under eventlet, green ones.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from shared.application.application import Application
from shared.application.footprint import Footprints
from shared.application.table import Table
from shared.application.versions import NewerRelease, current, knows
from shared.bus.consumer import Consumer
from shared.bus.port import Transient
from shared.bus.relay import Relay
from shared.bus.rpc_client import RpcClient, feed_over_rpc
from shared.bus.scout import WITHIN, Scout
from shared.bus.topology import CONSUMES
from shared.contracts.upcasters import UPCASTERS
from shared.eventlog import LogUnavailable
from shared.eventlog.mongo import MongoEventLog, connect
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data, Event
from shared.privacy.endings import end_keys
from shared.privacy.keys import MongoKeys
from shared.privacy.record import Record
from shared.privacy.registry import Registry
from shared.privacy.sealing import Sealer
from shared.runtime.settings import Settings
from shared.runtime.timers import Timers
from shared.views.awaited import Awaited
from shared.views.inbox import Inbox
from shared.views.lease import Checkpoints, Lease
from shared.views.progress import progress
from shared.views.reader import ViewReader
from shared.views.store import ViewStore
from shared.views.tailer import Tailer
from shared.views.waiting import waiting

_log = structlog.get_logger(__name__)

_STORE_WITHIN = 60.0
"""Seconds that a starting service waits for its store before it gives up and is started again by its supervisor."""


class Backbone:
    """One service at work. `app` is there after `prepare`; `start` begins the loops; `stop` ends them within 5 s."""

    def __init__(self, table: Table, settings: Settings) -> None:
        self.table = table
        self.settings = settings
        self.clock = settings.clock()
        self._client = connect(settings.mongo_url)
        own_store = settings.keys_mongo_url == settings.mongo_url
        self._keys_client = self._client if own_store else connect(settings.keys_mongo_url)
        self._threads: list[threading.Thread] = []
        self._running: list[Any] = []
        self.tailers: list[Tailer] = []
        self.consumers: list[Consumer] = []
        self.relays: list[Relay] = []
        self.scout: Scout | None = None

    def prepare(self) -> None:
        """Reach the store and put everything together. Raises Transient where the store stays away."""
        deadline = time.monotonic() + _STORE_WITHIN
        while True:
            try:
                self._assemble()
            except (PyMongoError, LogUnavailable, Transient) as error:
                if time.monotonic() > deadline:
                    raise Transient("MongoDB cannot be reached: check MONGO_URL and that the store is up.") from error
                _log.warning("service waits for its store", service=self.table.name)
                time.sleep(0.5)
            else:
                return

    def _assemble(self) -> None:
        name, settings = self.table.name, self.settings
        self.log = MongoEventLog(self._client, name, settings.log_partitions, UPCASTERS)
        self.log.prepare()
        self.keys = self._open_keys()
        self.store = ViewStore(self._client, name)
        self.store.ensure_indexes(self.table.indexes)
        reader = ViewReader(self._client, name, self.store)
        self.app = Application(self.table, self.log, Sealer(self.keys), reader, self.clock)
        self.app.lease = self.lease
        self.footprints = Footprints(self.log, self.app.reads.open)
        views, reacts_to = self.table.views, self.table.reactions
        self.inbox = Inbox(self.store, views, self._react, self.clock, reacts_to, current)

    def _open_keys(self) -> MongoKeys:
        """The keys, once those that were to be destroyed are: the registry may come from an old backup (PR-06)."""
        registry, record = Registry(self._keys_client, self.table.name), Record(self._client, self.table.name)
        try:
            registry.prepare()
            revived = record.enforce(registry)
        except Unavailable as error:
            raise Transient("the keys are away") from error
        if revived:
            _log.warning("keys destroyed that had come back", count=revived)
        return MongoKeys(registry, self.settings.key_file(), remember=record.add)

    def start(self) -> None:
        """Begin to relay, to consume, to project, and to watch the clock."""
        url, name = self.settings.amqp_url, self.table.name
        checkpoints = Checkpoints(self._client, name)
        client = RpcClient(url)
        self._running.append(client)
        self._send_scout(url)
        for number in range(self.log.partitions):
            tailer = Tailer(self.log, number, self.inbox, self.log.wait)
            self.tailers.append(tailer)
            load, save = partial(checkpoints.load, number), partial(checkpoints.save, number)
            self.relays.append(Relay(self.log, number, url, load, save, self.log.wait))
            feed, sources = feed_over_rpc(client), CONSUMES[name]
            self.consumers.append(Consumer(name, number, url, self.inbox, feed, sources))
        loops: list[Any] = [*self.tailers, *self.relays, *self.consumers]
        loops.append(Awaited(self.store, self.inbox, NewerRelease.__name__, knows))
        if self.table.due_view:
            loops.append(Timers(self.app, self.lease("timers")))
        loops.extend(make(self.app) for make in self.table.workers)
        for loop in loops:
            self._run(loop.run, loop)
        _log.info("service started", service=name, partitions=self.log.partitions)

    def stop(self) -> None:
        """Stop every loop; what is unfinished is done again at the next start."""
        for loop in self._running:
            if isinstance(loop, (Relay, Consumer, RpcClient)):
                loop.stopping.set()
                loop.waker.wake()
            else:
                loop.stop()
        deadline = time.monotonic() + 5
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.log.close()
        self._client.close()
        self._keys_client.close()
        _log.info("service stopped", service=self.table.name)

    def lease(self, name: str, seconds: float = 10) -> Lease:
        """A lease of this service."""
        return Lease(self._client, self.table.name, name, seconds)

    def progress(self) -> Data:
        """How far the log, the relay and the views are, what waits, and how much room the log takes."""
        try:
            found = progress(self._client, self.table.name, self.log.partitions)
            waits = waiting(self.table, self.app.reads, self.clock)
            return {**found, "waits": waits, "room": self.log.room()}
        except (Unavailable, LogUnavailable) as error:
            raise Transient("the store is away") from error

    def positions(self) -> str:
        """Where the own views stand, as in `X-Log-Position`."""
        return ",".join(f"{self.table.name}.{tailer.partition}.{tailer.position}" for tailer in self.tailers)

    def _react(self, event: Event) -> None:
        try:
            end_keys(event, self.keys)
        except Unavailable as error:
            raise Transient("the keys are away") from error
        if self.scout is not None and event.name in self.table.held_back:
            self.scout.before(event)
        self.app.react(event)

    def _react_ahead(self, event: Event) -> None:
        self.app.react(current(event))

    def _send_scout(self, url: str) -> None:
        if self.table.ahead:
            client = RpcClient(url, WITHIN)
            self._running.append(client)
            feed, watermark = feed_over_rpc(client), self.store.watermark
            self.scout = Scout(self.table.ahead, self.log.partitions, watermark, feed, self._react_ahead, self.clock)
            self.app.scout = self.scout.look

    def _run(self, target: Callable[[], None], loop: Any) -> None:
        self._running.append(loop)
        thread = threading.Thread(target=target, name=type(loop).__name__, daemon=True)
        self._threads.append(thread)
        thread.start()
