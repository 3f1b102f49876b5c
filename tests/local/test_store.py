"""The private MongoDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest

from shared.runtime.local import records
from shared.runtime.local.ports import free_ports
from shared.runtime.local.store import LocalStore
from tests.support.servers import tied

pytestmark = pytest.mark.real


def connect(store: LocalStore) -> pymongo.MongoClient[dict[str, object]]:
    return pymongo.MongoClient(store.url)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[LocalStore]:
    store = tied(LocalStore(tmp_path))
    store.start()
    yield store
    store.stop()


def test_acknowledged_writes_survive_kill_9_and_stop(own: LocalStore) -> None:
    """A majority write is there after a kill and after an orderly restart."""
    for end in (own.kill, own.stop):
        with connect(own) as client:
            client.test.kept.insert_one({})
        end()
        assert not own.alive()
        own.start()
    with connect(own) as client:
        assert client.test.kept.count_documents({}) == 2


def test_the_replica_set_follows_a_port_that_had_to_move(own: LocalStore) -> None:
    """When the remembered port is taken, the next start uses another and keeps the data."""
    with connect(own) as client:
        client.test.kept.insert_one({})
    own.stop()
    [moved] = free_ports(1)
    record = own.folder / "part.json"
    records.write(record, records.read(record) | {"ports": [moved]})
    own.start()
    assert own.port == moved
    with connect(own) as client:
        assert client.test.kept.count_documents({}) == 1
