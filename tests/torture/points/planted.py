"""Planted bugs that only the real store or broker shows: the few lines of each, and the invariant that must turn red.

Each plants its bug, runs, and gives the invariants that it turned red. With `planted=False` the same run goes without
the bug, and must give none: so it is the bug that is seen, and nothing else.
"""

from __future__ import annotations

import atexit
import functools
import random
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo import WriteConcern

from shared.bus import topology
from shared.bus.link import Link
from shared.bus.relay import Relay
from shared.bus.worker import Backoff
from shared.eventlog import chain, collection
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.sequencer import Sequencer
from shared.kernel.ids import new_id
from shared.runtime.local.broker import LocalBroker
from shared.views.generations import watermarks
from tests.bus.doubles import Checkpoint, ListLog, until
from tests.support.commits import new_commit
from tests.support.mongod import private_mongod, shared_url
from tests.support.servers import tied
from tests.torture.checker import check
from tests.torture.history import Note
from tests.torture.points import flow
from tests.torture.points.evidence import final_state
from tests.torture.points.ports import Fault
from tests.torture.points.victim import Place, Victim
from tests.torture.state import Final

_APPENDS = 30
_ROUNDS = 10
_RECONNECTS = 10
_PASSWORDS = dict.fromkeys((*topology.USERS, topology.TOPOLOGY_USER), "private")


@functools.cache
def broker() -> tuple[LocalBroker, str]:
    """A private broker, and the URL of the account that may do everything. Tests give theirs instead."""
    own = tied(LocalBroker(Path(tempfile.mkdtemp(prefix="planted-")), topology.definitions(_PASSWORDS, 1)))
    atexit.register(own.remove)
    atexit.register(own.stop)
    own.start()
    return own, own.url(topology.TOPOLOGY_USER, "private", topology.VHOST)


def a_counter_before_the_insert(planted: bool = True) -> set[str]:
    """1: a position is taken from a counter, and the commit inserted a moment later."""

    def counted(self: Sequencer, batch: list[Any]) -> None:
        counters = self._collection._durable.database["counters"]
        for waiting in batch:
            found: Any = counters.find_one_and_update({"_id": "log"}, {"$inc": {"n": 1}}, upsert=True)
            position = found["n"] + 1 if found else 1
            time.sleep(random.uniform(0.0, 0.02))
            self._collection.insert(chain.Link(position - 1, b""), [waiting.encoded])
            self._accept([waiting], position)

    service, notes, finish = f"planted-{new_id()[:8]}", list[Note](), threading.Event()
    with (
        pytest.MonkeyPatch.context() as patch,
        connect(shared_url()) as reading,
        connect(shared_url()) as one,
        connect(shared_url()) as two,
    ):
        if planted:
            patch.setattr(Sequencer, "_write", counted)
        logs = [MongoEventLog(client, service, 1, poll=0.001) for client in (reading, one, two)]
        logs[0].prepare()
        tail = threading.Thread(target=_tail, args=(logs[0], notes, finish))
        tail.start()
        with ThreadPoolExecutor(2) as pool:
            for _ in range(_ROUNDS):
                list(pool.map(lambda n: _append(logs[1 + n % 2], notes), range(_APPENDS)))
                if check(notes, Final()).get("I7"):
                    break
        finish.set()
        tail.join()
        final = Final(commits=list(logs[0].replay(0)))
        for log in logs:
            log.close()
    return set(check(notes, final))


def a_limit_without_dead_letters(planted: bool = True) -> set[str]:
    """11: the broker drops what came back three times, and keeps no dead letter of it."""
    _, url = broker()
    mark, arguments = new_id()[:8], {"x-delivery-limit": 3, "x-dead-letter-exchange": "", "x-dead-letter-strategy": ""}
    place = Place(url, shared_url(), f"talks-{mark}", f"ears-{mark}", "", "", "")
    with (
        connect(place.mongo_url) as client,
        flow.published(place.source, place.hearer),
        flow.laid(url, place.source, place.hearer, **(arguments if planted else {})) as left,
    ):
        victim = Victim(place, Fault("", "", lambda _: None))
        _break(victim.consumer, times=6)
        logs = {name: MongoEventLog(client, name, 1) for name in (place.source, place.hearer)}
        words = ("w0", flow.POISON, "w2", "w3")
        notes = [{"note": "ask", "at": 0.0, "service": place.source, "id": word} for word in words]
        for number, word in enumerate(words):
            victim.say(word, f"{number // 3}", word)
        deadline = time.monotonic() + (3 if planted else 20)
        while watermarks(client, place.hearer, 1).get((place.source, 0)) != len(words) and time.monotonic() < deadline:
            time.sleep(0.05)
        while _behind(client, place.hearer, logs) and time.monotonic() < deadline:
            time.sleep(0.05)
        victim.stop()
        # The chain is kept by a view here, which does not count what is parked.
        final = replace(final_state(client, place.source, place.hearer, logs, left()), chains={})
        return set(check(notes, final))


def a_channel_for_each_reconnect(planted: bool = True) -> set[str]:
    """16: whoever reconnects leaves the old connection open, and the channel on it."""
    own, url = broker()
    left_open: list[Link] = []
    log = _FailingLog()
    with pytest.MonkeyPatch.context() as patch:
        if planted:
            patch.setattr(Link, "__exit__", lambda self, *_: left_open.append(self))
        checkpoint = Checkpoint()
        relay = Relay(log, 0, url, checkpoint.load, checkpoint.save, log.wait)  # type: ignore[arg-type]
        relay.backoff = Backoff(0.01, 0.02)
        relay.start()
        until(lambda: relay.connected and not log.failures)
        baseline = _channels(own)
        log.failures = _RECONNECTS
        until(lambda: relay.connected and not log.failures)
        time.sleep(0.5)
        final = Final(baseline=baseline, resources=_channels(own))
        relay.stop()
    for link in left_open:
        link.__exit__(None, None, None)
    return set(check([], final))


def writes_that_nobody_journals(planted: bool = True) -> set[str]:
    """18: a write counts as done when the store has it in memory; the store is killed right after."""
    red: set[str] = set()
    with pytest.MonkeyPatch.context() as patch, private_mongod() as mongod:
        if planted:
            patch.setattr(collection, "DURABLE", WriteConcern(w=1, j=False))
        for _ in range(5 if planted else 1):
            service, notes = f"planted-{new_id()[:8]}", list[Note]()
            with connect(mongod.url) as client:
                log = MongoEventLog(client, service, 1)
                log.prepare()
                for _ in range(20):
                    _append(log, notes)
                mongod.kill()
                mongod.start()
                red |= check(notes, Final(commits=list(log.replay(0)))).keys()
                log.close()
            if red:
                break
    return red


PLANTED: dict[str, tuple[Callable[[], set[str]], tuple[str, ...]]] = {
    "1": (a_counter_before_the_insert, ("I7",)),
    "11": (a_limit_without_dead_letters, ("I11",)),
    "16": (a_channel_for_each_reconnect, ("I19",)),
    "18": (writes_that_nobody_journals, ("I1",)),
}
"""By number: what plants the bug and gives what turned red, and the invariants that must be among it."""


class _FailingLog(ListLog):
    """Ends the session of whoever reads it, `failures` times."""

    failures = 0

    def feed(self, partition: int, after: int = 0, limit: int = 500) -> Any:
        if self.failures:
            self.failures -= 1
            raise ConnectionResetError
        return super().feed(partition, after, limit)


def _append(log: MongoEventLog, notes: list[Note]) -> None:
    commit = new_commit(new_id())
    about = {"at": 0.0, "service": log.service, "id": commit.command_id}
    notes.append({"note": "ask", **about})
    done = log.append(commit)
    notes.append({"note": "ack", **about, "partition": 0, "position": done.position})


def _tail(log: MongoEventLog, notes: list[Note], finish: threading.Event) -> None:
    position, last_round = 0, False
    while not last_round:
        last_round = finish.is_set()
        for commit in log.feed(0, position):
            position = commit.position
            notes.append(
                {"note": "tail", "at": 0.0, "reader": "r", "service": log.service, "partition": 0, "position": position}
            )


def _break(consumer: Any, times: int) -> None:
    """Let what it does with the next batches fail, so that it reconnects and they come again."""
    take, left = consumer._sink.apply, [None] * times
    consumer.backoff = Backoff(0.01, 0.05)

    class Failing:
        watermark, park_message = consumer._sink.watermark, consumer._sink.park_message

        def apply(self, *batch: Any) -> None:
            if left:
                left.pop()
                raise ConnectionResetError
            take(*batch)

    consumer._sink = Failing()


def _behind(client: Any, hearer: str, logs: dict[str, MongoEventLog]) -> bool:
    ends = watermarks(client, hearer, 1)
    return any(ends.get((name, 0), 0) != log.head(0) for name, log in logs.items())


def _channels(own: LocalBroker) -> dict[str, float]:
    return {"channels": float(len(own.ctl("list_channels", "pid").split("\n")) - 1)}
