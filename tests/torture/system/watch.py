"""Readers that look on from outside: one follows every log all along, one sees how far everybody is."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from typing import Any

from pymongo import MongoClient

from shared.bus.port import Transient
from shared.bus.topology import CONSUMES
from shared.contracts.catalogue import SOURCES
from shared.contracts.upcasters import UPCASTERS
from shared.eventlog import LogUnavailable
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.kernel.events import Commit
from shared.views.generations import live_generation, reaching_the_store, watermarks
from tests.torture.history import History
from tests.torture.system.mischief import PARTITIONS

_PAUSE = 0.3
_STILL = 2.0
_PAGE = 500
_AS_OF_EVERY = 250
"""Commits of a partition between two digests of all its past."""


class Digest:
    """Of a log up to a position, taken on with each commit."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.position = 0

    def add(self, commit: Commit) -> str | None:
        """The digest where one is due at this position."""
        self._hash.update(repr((commit.position, [event.envelope() for event in commit.events])).encode())
        self.position = commit.position
        return self._hash.hexdigest() if commit.position % _AS_OF_EVERY == 0 else None


def logs(client: Any) -> dict[str, MongoEventLog]:
    return {service: MongoEventLog(client, service, PARTITIONS, UPCASTERS) for service in SOURCES}


class Tails(threading.Thread):
    """Follows all partitions from position 0 until stopped, and notes each position as it comes, and digests."""

    def __init__(self, url: str, history: History) -> None:
        super().__init__(name="tails", daemon=True)
        self._client = connect(url)
        self._history = history
        self._over = threading.Event()

    def run(self) -> None:
        known = logs(self._client)
        digests: dict[tuple[str, int], Digest] = defaultdict(Digest)
        while not self._over.wait(_PAUSE):
            for service, log in known.items():
                for partition in range(PARTITIONS):
                    self._follow(service, partition, log, digests[service, partition])

    def _follow(self, service: str, partition: int, log: MongoEventLog, digest: Digest) -> None:
        try:
            while found := log.feed(partition, digest.position, _PAGE):
                for commit in found:
                    place = {"service": service, "partition": partition}
                    self._history.note("tail", reader="outside", position=commit.position, **place)
                    if due := digest.add(commit):
                        self._history.note("as-of", upto=commit.position, digest=due, **place)
        except LogUnavailable:
            return  # the store is away: the next look tries again

    def stop(self) -> None:
        self._over.set()
        self.join()
        self._client.close()


Ends = dict[tuple[str, str, int], int]


def ends(client: MongoClient[dict[str, Any]]) -> Ends:
    """How far each consumer is, by (consumer, source, partition); 0 where it has seen nothing. Raises Transient."""
    found: Ends = {}
    for consumer, sources in CONSUMES.items():
        reached = watermarks(client, consumer, live_generation(client, consumer))
        for source in (consumer, *sources):
            found |= {(consumer, source, p): reached.get((source, p), 0) for p in range(PARTITIONS)}
    return found


def heads(client: MongoClient[dict[str, Any]]) -> dict[tuple[str, int], int]:
    found = {}
    with reaching_the_store():
        for service in SOURCES:
            for partition in range(PARTITIONS):
                last = client[log_database(service)][f"log_{partition}"].find_one({}, {"_id": 1}, sort=[("_id", -1)])
                found[service, partition] = int(last["_id"]) if last else 0
    return found


def until_reached(url: str, history: History, begun: float, patience: float) -> None:
    """Note when each consumer has reached what is the end of its sources now, and return when all have (I8).

    `begun`: when the run's clock began. Who does not get there within `patience` seconds is noted as that late.
    """
    deadline = time.monotonic() + patience
    waiting: set[tuple[str, str, int]] | None = None
    wanted: dict[tuple[str, int], int] = {}
    with connect(url) as client:
        while waiting is None or waiting:
            late = time.monotonic() > deadline
            try:
                wanted, at = wanted or heads(client), ends(client)
                waiting = set(at) if waiting is None else waiting
                there = {place for place in waiting if late or at[place] >= wanted[place[1:]]}
            except Transient:
                continue
            for place in there:
                names = dict(zip(("consumer", "source", "partition"), place, strict=True))
                history.note("caught-up", at=round(time.monotonic() - begun, 3), **names)
            waiting -= there
            time.sleep(_PAUSE)


def until_still(url: str, patience: float) -> bool:
    """Wait until every consumer is at the end of every source and no log has grown for two seconds.

    Timers and mails may let logs grow for a while. False where `patience` seconds were not enough.
    """
    deadline = time.monotonic() + patience
    before: dict[tuple[str, int], int] = {}
    since = time.monotonic()
    with connect(url) as client:
        while time.monotonic() < deadline:
            time.sleep(_PAUSE)
            try:
                now, at = heads(client), ends(client)
            except Transient:
                continue
            if now != before or any(end != now[place[1:]] for place, end in at.items()):
                since, before = time.monotonic(), now
            elif time.monotonic() - since > _STILL:
                return True
    return False
