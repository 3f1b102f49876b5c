"""A clean broker for each test of the bus, one URL per service, and workers that are stopped at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pika
import pytest

from shared.bus import topology
from shared.bus.consumer import Consumer
from shared.bus.relay import Relay
from shared.bus.worker import Worker
from tests.bus.doubles import Checkpoint, ListLog, MemorySink, Publisher, declared
from tests.support import servers

PARTITIONS = 2


@pytest.fixture
def url_of(broker: servers.Broker, broker_passwords: dict[str, str]) -> Callable[[str], str]:
    """The URL of a service's own account."""
    return lambda user: broker.url(user, broker_passwords[user], topology.VHOST)


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest) -> None:
    if "amqp_url" not in request.fixturenames and "url_of" not in request.fixturenames:
        return
    url = request.getfixturevalue("amqp_url")
    topology.declare(url, PARTITIONS)
    declared()
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        for queue in topology.queues(PARTITIONS):
            channel.queue_purge(queue.name)


@pytest.fixture
def run() -> Iterator[Callable[[Worker], Any]]:
    """Starts a worker; all are stopped, in time, when the test is over."""
    started: list[Worker] = []

    def start(worker: Worker) -> Worker:
        started.append(worker)
        worker.start()
        return worker

    yield start
    for worker in reversed(started):
        worker.stop(40)
        assert worker._thread is not None
        assert not worker._thread.is_alive(), f"{worker.name} did not stop in time"


@pytest.fixture
def relay(run: Callable[[Worker], Any], url_of: Callable[[str], str]) -> Callable[..., Relay]:
    def make(log: ListLog, checkpoint: Checkpoint, **more: Any) -> Relay:
        url = url_of(log.service)
        made = Relay(log, log.partition, url, checkpoint.load, checkpoint.save, log.wait, **more)  # type: ignore[arg-type]
        run(made)
        return made

    return make


@pytest.fixture
def consumer(run: Callable[[Worker], Any], url_of: Callable[[str], str]) -> Callable[..., Consumer]:
    def make(sink: MemorySink, feed: Any, service: str = "matching", **more: Any) -> Consumer:
        sources = topology.CONSUMES[service]
        made = Consumer(service, 0, url_of(service), sink, feed, sources, **({"hole_after": 0.3} | more))
        run(made)
        return made

    return make


@pytest.fixture
def programs(url_of: Callable[[str], str]) -> Iterator[Publisher]:
    """A publisher with the account of `programs`."""
    publisher = Publisher(url_of("programs"))
    yield publisher
    if publisher.connection.is_open:
        publisher.connection.close()
