"""Session fixtures: one broker and one store for all tests, started when the first test asks, gone at the end.

Nothing here imports eventlet: the pytest process stays unpatched, services run in processes of their own.
"""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from shared.bus import topology
from shared.runtime.local.ports import free_ports
from tests.support import servers
from tests.support.system import System, environment, start

PARTITIONS = 2


def pytest_configure() -> None:
    """SIGTERM ends a run in order, as Ctrl-C does, so that no server outlives it. No test fails on a time."""
    settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("untimed")
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", 143))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the running system come last: its processes would slow down all others."""
    items.sort(key=lambda item: "system" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def broker_passwords() -> dict[str, str]:
    """Password of every service's broker user, and of the user `topology`, who may do everything."""
    return {user: secrets.token_hex(8) for user in (*topology.USERS, topology.TOPOLOGY_USER)}


@pytest.fixture(scope="session")
def broker(broker_passwords: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Broker]:
    """A broker with the whole topology. Tests that kill it start it again before they end."""
    if url := os.environ.get("AMQP_URL"):
        topology.declare(url, PARTITIONS)
        yield servers.OutsideBroker(url)
        return
    own = servers.make_broker(tmp_path_factory.mktemp("broker"), topology.definitions(broker_passwords, PARTITIONS))
    own.start()
    yield own
    own.stop()
    own.remove()


@pytest.fixture(scope="session")
def amqp_url(broker: servers.Broker, broker_passwords: dict[str, str]) -> str:
    """The vhost `mentorship` as the user who may do everything."""
    return broker.url(topology.TOPOLOGY_USER, broker_passwords[topology.TOPOLOGY_USER], topology.VHOST)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Store]:
    """A replica set. Tests use databases of their own names, and start it again when they have killed it."""
    if url := os.environ.get("MONGO_URL"):
        yield servers.OutsideStore(url)
        return
    own = servers.make_store(tmp_path_factory.mktemp("store"))
    own.start()
    yield own
    own.stop()
    own.remove()


@pytest.fixture(scope="session")
def mongo_url(store: servers.Store) -> str:
    return store.url


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The whole system on a free port with a folder of its own; for all tests: use groups and people of your own.

    It takes its own broker and store, unless AMQP_URL and MONGO_URL are given.
    """
    [port] = free_ports(1)
    running = System(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("system"), environment())
    supervisor = start(running, port)
    yield running
    broker = running.instance.broker()
    supervisor.end(20)
    if broker:
        broker.remove()
