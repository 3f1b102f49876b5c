"""What each account of the store can do, tried on a real one (BR-05)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from shared.contracts.catalogue import SERVICES, SOURCES
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.kernel.events import NewCommit, StoredEvent
from shared.kernel.ids import new_id
from shared.runtime.accounts import ADMIN, BACKUP, OPERATOR, USERS, accounts, keys_user
from shared.runtime.local.store import LocalStore
from shared.views.changes import put
from shared.views.lease import Checkpoints, Lease
from shared.views.parking import Parking
from shared.views.progress import progress
from shared.views.store import ViewStore

pytestmark = pytest.mark.real

_NOT_ALLOWED = 13
ClientOf = Callable[[str], Any]


def refused(attempt: Callable[[], object]) -> bool:
    """Whether the store itself says no."""
    try:
        attempt()
    except OperationFailure as error:
        return error.code == _NOT_ALLOWED
    return False


def commit(stream: str) -> NewCommit:
    event = StoredEvent(new_id(), "ProgramClosed", 1, {"program_id": stream})
    return NewCommit(stream, 0, (event,), new_id(), new_id(), None, "person", "2026-03-01T00:00:00.000Z", None)


@pytest.fixture
def written(client_of: ClientOf) -> None:
    """Something in the log and the views of every service, and in every registry of keys."""
    admin = client_of(ADMIN)
    for service in SOURCES:
        admin[log_database(service)]["log_9"].update_one({"_id": -1}, {"$set": {"stream": "s"}}, upsert=True)
        admin[service]["view1_pairs"].update_one({"_id": 1}, {"$set": {"stream": "s"}}, upsert=True)
    for service in SERVICES:
        admin[keys_user(service)]["keys"].update_one({"_id": 1}, {"$set": {"owner": "s"}}, upsert=True)


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("service", SOURCES)
def test_a_service_can_add_to_its_log_and_read_it_and_no_more(client_of: ClientOf, service: str) -> None:
    """BR-05: every way of changing, removing, replacing or hiding what is in the own log is refused by the store."""
    client = client_of(service)
    database = client[log_database(service)]
    log = database["log_9"]
    log.insert_one({"_id": new_id(), "stream": "s", "seq": new_id(), "command_id": new_id()})
    assert log.find_one({"_id": -1}) is not None
    attempts: list[Callable[[], object]] = [
        lambda: log.update_one({"_id": -1}, {"$set": {"stream": "t"}}),
        lambda: log.replace_one({"_id": -1}, {"stream": "t"}),
        lambda: log.find_one_and_update({"_id": -1}, {"$set": {"stream": "t"}}),
        lambda: log.update_one({"_id": -2}, {"$set": {"stream": "t"}}, upsert=True),
        lambda: log.aggregate([{"$match": {"_id": -1}}, {"$set": {"stream": "t"}}, {"$merge": "log_9"}]),
        lambda: log.aggregate([{"$match": {"_id": -1}}, {"$out": "log_9"}]),
        lambda: log.delete_one({"_id": -1}),
        lambda: log.find_one_and_delete({"_id": -1}),
        log.drop,
        lambda: log.drop_index("_id_"),
        lambda: log.rename("log_7"),
        lambda: client.drop_database(database.name),
        lambda: database.command("collMod", "log_9", validator={}),
        lambda: client.admin.command("renameCollection", f"{database.name}.log_9", to=f"{service}.log_9"),
        lambda: database["meta"].update_one({"_id": "log"}, {"$set": {"partitions": 1}}, upsert=True),
    ]
    assert [number for number, attempt in enumerate(attempts) if not refused(attempt)] == []


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("user", USERS)
def test_an_account_reaches_its_own_databases_only(client_of: ClientOf, user: str) -> None:
    """BR-05: nobody reads or writes another's log, views or keys; the service itself not its own keys."""
    if user == OPERATOR:
        allowed = {*SOURCES, *map(log_database, SOURCES)}
    elif user == BACKUP:
        allowed = {*SOURCES, *map(log_database, SOURCES), *map(keys_user, SERVICES)}
    elif user in SOURCES:
        allowed = {user, log_database(user)}
    else:
        allowed = {user}
    client = client_of(user)
    everything = {*SOURCES, *map(log_database, SOURCES), *map(keys_user, SERVICES)}
    for name in everything:
        looks = (lambda name=name: client[name]["keys"].find_one(), lambda name=name: client[name]["log_0"].find_one())
        assert all(map(refused, looks)) == (name not in allowed), name
        if name not in allowed:
            assert refused(lambda name=name: client[name]["keys"].insert_one({}))
    assert set(client.list_database_names()) <= allowed
    assert refused(client.admin["system.users"].find_one)
    assert refused(client.local["oplog.rs"].find_one)
    assert refused(lambda: client.admin.command("createUser", "eve", pwd="correct-horse", roles=["root"]))
    assert refused(lambda: client.admin.command("grantRolesToUser", user, roles=["root"]))


@pytest.mark.usefixtures("written")
def test_an_operator_rewrites_no_history_and_opens_nothing(client_of: ClientOf) -> None:
    """BR-05: the account of the `mentorship` commands adds to no log, and reaches no key."""
    client = client_of(OPERATOR)
    for service in SOURCES:
        log = client[log_database(service)]["log_9"]
        assert refused(lambda log=log: log.insert_one({}))
        assert refused(lambda log=log: log.delete_one({"_id": -1}))
        assert refused(lambda log=log: log.update_one({"_id": -1}, {"$set": {"stream": "t"}}))


@pytest.mark.usefixtures("written")
def test_who_makes_backups_changes_nothing(client_of: ClientOf) -> None:
    """BR-05: the account of `mentorship backup` reads logs, views and wrapped keys, and writes nowhere."""
    client = client_of(BACKUP)
    for name in (*SOURCES, *map(log_database, SOURCES), *map(keys_user, SERVICES)):
        for collection in (client[name]["keys"], client[name]["log_9"]):
            assert refused(lambda found=collection: found.insert_one({}))
            assert refused(lambda found=collection: found.update_one({}, {"$set": {"state": "active"}}))
            assert refused(lambda found=collection: found.delete_one({}))
            assert refused(collection.drop)


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("service", SERVICES)
def test_a_tombstone_stays(client_of: ClientOf, service: str) -> None:
    """PR-06: the account of a key registry can destroy a key, and can neither remove a tombstone nor drop any."""
    keys = client_of(keys_user(service))[keys_user(service)]
    keys["tombstones"].update_one({"_id": "forgotten"}, {"$set": {"destroyed": True}}, upsert=True)
    keys["keys"].update_one({"_id": 1}, {"$unset": {"wrapped": ""}})
    assert refused(lambda: keys["tombstones"].delete_one({"_id": "forgotten"}))
    assert refused(lambda: keys["keys"].delete_one({"_id": 1}))
    assert refused(keys["tombstones"].drop)
    assert refused(lambda: keys["elsewhere"].insert_one({}))


def test_a_service_does_its_work_with_what_it_may(client_of: ClientOf, guarded: LocalStore) -> None:
    """Log, views, watermarks, parking, leases and checkpoints are made and used by the account of the service."""
    client = client_of("programs")
    log = MongoEventLog(client, "programs", 2)
    stored = log.append(commit(f"program-{new_id()}"))
    assert log.read_stream(stored.stream)[0].position == stored.position
    store = ViewStore(client, "programs", generation=7)
    store.ensure_indexes([("pairs", ("-at", "_id"))])
    parked = {"_id": new_id(), "source": "matching", "partition": 0, "stream": "s", "position": 1, "index": 0}
    store.apply([put("pairs", "a", at="now")], source="matching", partition=0, came_from=0, moves_to=3, parked=[parked])
    store.unpark(parked["_id"], [put("pairs", "b", at="then")])
    assert store.watermark("matching", 0) == 3
    lease = Lease(client, "programs", "work")
    assert lease.held()
    lease.release()
    Checkpoints(client, "programs").save(0, 1)
    assert progress(client, "programs", 2)["relayed"][0] == 1
    assert list(Parking(client_of(OPERATOR), "programs").all()) == []
    room = log.room()
    assert room is not None
    assert 0 < room["log"] < room["used"] < room["disk"]
    assert MongoEventLog(client_of(OPERATOR), "programs", 2).room() is None
    log.close()


def test_who_has_no_account_gets_nothing(guarded: LocalStore) -> None:
    """PR-15, SE-23: without a password the store tells nothing; analysts have no account at all."""
    assert not any("analyst" in user for user in USERS)
    with connect(guarded.url) as nobody:
        for name in (log_database("programs"), "programs", keys_user("programs")):
            assert refused(lambda name=name: nobody[name]["log_0"].find_one())
        assert refused(lambda: nobody.admin.command("usersInfo", 1))
    with connect(guarded.url_for("programs").replace("programs:", "matching:")) as forger:
        with pytest.raises(OperationFailure) as caught:
            forger["matching"]["meta"].find_one()
        assert caught.value.code == 18


def test_each_account_has_a_password_and_a_role_of_its_own() -> None:
    """Nobody shares an account, and only the one that sets the store up may do everything."""
    made = accounts({user: f"password of {user}" for user in (ADMIN, *USERS)})
    assert {user["user"]: user["roles"] for user in made["users"]} == {
        ADMIN: ["root"], **{user: [user] for user in USERS}
    }  # fmt: skip
    assert [role["role"] for role in made["roles"]] == list(USERS)
    with pytest.raises(KeyError):
        accounts({})
