"""A log and a sink in memory that keep the promises of the real ones, and a few helpers to watch the broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pika
from pika.exceptions import ChannelClosedByBroker

from shared.bus import codec
from shared.bus.port import Transient
from shared.bus.topology import BATCHES, event_queue, rpc_queue
from shared.kernel.events import Commit, Event
from shared.kernel.ids import derive


def event(position: int, index: int = 0, of: int = 1, service: str = "programs", partition: int = 0) -> Event:
    name = derive(service, partition, position, index)
    return Event(
        id=name,
        type="StepMarked",
        version=1,
        data={"n": position},
        service=service,
        partition=partition,
        position=position,
        index=index,
        of=of,
        stream="journey-1",
        seq=position,
        recorded_at="2026-01-01T00:00:00.000Z",
        actor="anna",
        correlation_id=name,
        causation_id=None,
    )


class ListLog:
    """One partition of a log. Commits of `of` events each."""

    partitions = 1

    def __init__(self, service: str = "programs", partition: int = 0) -> None:
        self.service = service
        self.partition = partition
        self.commits: list[Commit] = []
        self._more = threading.Condition()

    def append(self, count: int = 1, of: int = 1) -> None:
        with self._more:
            for _ in range(count):
                p = len(self.commits) + 1
                events = tuple(event(p, i, of, self.service, self.partition) for i in range(of))
                self.commits.append(Commit(self.service, self.partition, p, "journey-1", p, events, f"c{p}", None))
            self._more.notify_all()

    def feed(self, partition: int, after: int = 0, limit: int = 500) -> list[Commit]:
        return self.commits[after : after + limit] if partition == self.partition else []

    def wait(self, partition: int, after: int, timeout: float) -> bool:
        with self._more:
            return self._more.wait_for(lambda: len(self.commits) > after, timeout)

    @property
    def events(self) -> list[Event]:
        return [e for commit in self.commits for e in commit.events]


class Checkpoint:
    def __init__(self) -> None:
        self.position = 0

    def load(self) -> int:
        return self.position

    def save(self, position: int) -> None:
        assert position > self.position, "a checkpoint only moves forward"
        self.position = position


class MemorySink:
    """Exactly once in effect: one lock stands for the transaction."""

    def __init__(self) -> None:
        self.applied: list[Event] = []
        self.parked: list[tuple[str, bytes]] = []
        self.marks: dict[tuple[str, int], int] = {}
        self.failures = 0
        self.calls = 0
        self._lock = threading.Lock()

    def watermark(self, source: str, partition: int) -> int:
        return self.marks.get((source, partition), 0)

    def apply(self, source: str, partition: int, events: Sequence[Event]) -> None:
        with self._lock:
            self.calls += 1
            if self.failures:
                self.failures -= 1
                raise Transient("the store is away")
            mark = self.watermark(source, partition)
            fresh = [e for e in events if e.position > mark]
            assert not fresh or fresh[0].position == mark + 1, "a hole reached the sink"
            self.applied.extend(fresh)
            self.marks[source, partition] = max(mark, events[-1].position)

    def park_message(self, queue: str, why: str, body: bytes, properties: dict[str, Any]) -> None:
        self.parked.append((why, body))


class LogFeed:
    """The producer's log, as RPC would show it."""

    def __init__(self, *logs: ListLog) -> None:
        self._logs = {log.service: log for log in logs}
        self.asked = 0
        self.away = False

    def __call__(self, source: str, partition: int, after: int, limit: int) -> list[Event]:
        self.asked += 1
        if self.away:
            raise Transient("the producer is away")
        log = self._logs.get(source)
        return [e for commit in log.feed(partition, after, limit) for e in commit.events] if log else []


class Publisher:
    """Somebody with an account, who publishes whatever they like."""

    def __init__(self, url: str) -> None:
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def send(self, one: Event, **changed: Any) -> None:
        body, properties, key = codec.encode(one)
        self.raw(changed.pop("body", body), key, **(properties | changed))

    def raw(self, body: bytes, key: str, **properties: Any) -> None:
        self.channel.basic_publish(BATCHES, key, body, pika.BasicProperties(**properties), mandatory=True)

    def depth(self, service: str, partition: int = 0) -> int:
        found = self.channel.queue_declare(event_queue(service, partition), passive=True)
        return int(found.method.message_count)


_REGISTERED_AFTER = 4.0
"""Seconds. Killed sooner after a quorum queue was made, RabbitMQ 3.10 was seen to forget the last one made."""

_declared: list[float] = []


def declared() -> None:
    """The topology has just been seen to be there."""
    _declared.append(time.monotonic())


def kill(broker: Any) -> None:
    """Kill the broker as a power cut would, and see its processes buried."""
    time.sleep(max(0.0, _declared[0] + _REGISTERED_AFTER - time.monotonic()))
    children = list(getattr(broker, "children", ()))
    broker.kill()
    until(lambda: not any(child.alive() for child in children))


def serving(url: str, service: str) -> bool:
    """Whether somebody takes the requests to a service. `url` is of its own account."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        try:
            queue = connection.channel().queue_declare(rpc_queue(service), passive=True)
        except ChannelClosedByBroker:
            return False  # there is no such queue yet
        return bool(queue.method.consumer_count)


def until(true: Callable[[], object], seconds: float = 40.0) -> None:
    """Wait until something holds; fail where it never does."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
