"""Session fixtures: one broker and one store for all tests, started when the first test asks, gone at the end.

Nothing here imports eventlet: the pytest process stays unpatched, services run in processes of their own.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from shared.bus import topology
from tests.support import servers

PARTITIONS = 2


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
