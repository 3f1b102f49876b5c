"""The private MongoDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest

from shared.eventlog.mongo import MongoEventLog, WrongPartitions
from shared.eventlog.place import log_database
from shared.runtime import accounts
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


def test_data_from_before_there_were_accounts_is_taken_over(own: LocalStore) -> None:
    """The first start with passwords makes the accounts and moves each log, whole, beside what a service may change.

    Killed between two of its steps, it goes on; with all passwords lost, the next start sets new ones; and a service
    that finds a log still in its former place refuses to begin another one.
    """
    with connect(own) as client:
        client.programs.meta.insert_one({"_id": "log", "partitions": 2})
        client.programs.meta.insert_one({"_id": "views", "generation": 4})
        client.programs.log_0.insert_many([{"_id": n, "stream": "s", "seq": n, "command_id": n} for n in range(1, 6)])
        client.programs.log_0.create_index([("stream", 1), ("seq", 1)], unique=True)
        client.programs_log.log_1.insert_one({"_id": 99})  # left half done
        client.programs.log_1.insert_one({"_id": 1, "stream": "t", "seq": 1, "command_id": "t"})
        with pytest.raises(WrongPartitions, match="still lies in the database programs"):
            MongoEventLog(client, "programs", 2).prepare()
    own.stop()
    for password in ("first-password", "second-password"):
        guarded = tied(LocalStore(own.folder, dict.fromkeys((accounts.ADMIN, *accounts.USERS), password)))
        guarded.start()
        with pymongo.MongoClient(guarded.url_for("programs")) as service:
            log = service[log_database("programs")]
            assert [one["_id"] for one in log["log_0"].find()] == [1, 2, 3, 4, 5]
            assert [one["_id"] for one in log["log_1"].find()] == [1]
            assert "stream_1_seq_1" in log["log_0"].index_information()
            assert log["meta"].find_one() == {"_id": "log", "partitions": 2}
            assert [one["_id"] for one in service["programs"]["meta"].find()] == ["views"]
            assert service["programs"].list_collection_names() == ["meta"]
        guarded.stop()
