"""`mentorship backup` under writes, everything lost, `mentorship restore`: on a real store."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import bson
import pika
import pytest
from pymongo import MongoClient
from pymongo.errors import BulkWriteError

from shared.analytics.backup import make
from shared.analytics.backup.cut import cut
from shared.analytics.backup.restore import _add
from shared.analytics.heads import read_heads
from shared.analytics.tables import table
from shared.bus import topology
from shared.bus.port import Transient
from shared.cli import main
from shared.contracts.catalogue import SERVICES
from shared.eventlog.mongo import MongoEventLog
from shared.eventlog.place import log_database
from shared.kernel.events import Event
from shared.privacy.registry import Registry
from shared.runtime.accounts import ADMIN, BACKUP, OPERATOR, keys_user
from shared.runtime.local.ports import free_ports
from shared.runtime.local.store import LocalStore
from shared.views.generations import live_generation, make_live, watermarks
from shared.views.lease import Checkpoints
from tests.analytics.story import Story, go_live, message
from tests.support.servers import wipe

LOGS = ("matching", "conversations", "gateway")
SERVICE = "conversations"
KEPT = {"checkpoints", "dropped", "forgotten", "parked"}


@pytest.fixture
def story(client: MongoClient[Any]) -> Iterator[Story]:
    logs = {name: MongoEventLog(client, name, 2) for name in LOGS}
    for log in logs.values():
        log.prepare()
    yield Story(logs)
    for log in logs.values():
        log.close()


@pytest.fixture
def mentorship(
    operated: LocalStore,
    amqp_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """Runs a command that must succeed (or fail, with `status`) and gives what it says; accounts as in operation,

    broker and store as servers elsewhere.
    """
    for name in [name for name in os.environ if name.endswith(("MONGO_URL", "AMQP_URL"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MONGO_URL", operated.url_for(OPERATOR))
    monkeypatch.setenv("ADMIN_MONGO_URL", operated.url_for(ADMIN))
    monkeypatch.setenv("TOPOLOGY_AMQP_URL", amqp_url)
    monkeypatch.setenv("BACKUPS_MONGO_URL", operated.url_for(BACKUP))
    for service in SERVICES:
        monkeypatch.setenv(f"{service.upper()}_KEYS_MONGO_URL", operated.url_for(keys_user(service)))

    def run(*arguments: object, status: int = 0) -> str:
        found = main([*map(str, arguments), "--data", str(tmp_path / "none")])
        said = capsys.readouterr()
        assert found == status, said.err
        return said.out + said.err

    return run


def contents(client: MongoClient[Any], service: str) -> dict[str, list[Any]]:
    """The live views, watermarks and everything else of a service that is to survive."""
    live = f"view{live_generation(client, service)}_"
    names = [name for name in client[service].list_collection_names() if name.startswith(live)]
    kept = {name.removeprefix(live): list(client[service][name].find().sort("_id", 1)) for name in names}
    kept |= {name: list(client[service][name].find().sort("_id", 1)) for name in KEPT}
    return {name: found for name, found in kept.items() if found}


def refuse_message_three(event: Event) -> None:
    if event.data.get("message_id") == "message-3":
        raise ValueError


def test_what_was_backed_up_under_writes_comes_back_whole(
    client: MongoClient[Any],
    story: Story,
    mentorship: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Logs byte for byte up to one moment, views as they were then, what was parked; and nothing is done twice or left

    out when the services go on: reactions run for exactly what came behind the watermarks.
    """
    known = table(SERVICE)
    story.tell_it_all(people=40, messages=60)
    go_live(client, story, refuse_message_three, known)
    Checkpoints(client, SERVICE).save(0, 3)
    for name in ("dropped", "forgotten"):
        client[SERVICE][name].insert_one({"_id": f"some-{name}"})
    before = contents(client, SERVICE)
    assert {"watermarks", *KEPT} < before.keys()
    monkeypatch.setattr(make, "_PAGE", 7)
    stood = watermarks(client, SERVICE, 1)

    with writing(story):
        said = mentorship("backup", "--to", tmp_path / "backup")
    assert "commits of 3 logs" in said
    logs = {name: list(client[log_database(SERVICE)][name].find().sort("_id", 1)) for name in ("log_0", "log_1")}
    wipe(client)
    said = mentorship("restore", "--from", tmp_path / "backup")
    assert "conversations: views rebuilt" in said

    there = {name: list(client[log_database(SERVICE)][name].find().sort("_id", 1)) for name in logs}
    assert all(there[name] == logs[name][: len(there[name])] for name in logs)
    assert sum(map(len, there.values())) > 60
    assert contents(client, SERVICE) == before
    kept = read_heads(tmp_path / "backup" / "heads.jsonl")
    assert {place: max(positions) for place, positions in kept.items()} == {
        (name, partition): head(client, name, partition)
        for name in LOGS
        for partition in (0, 1)
        if head(client, name, partition)
    }
    assert "as they were written" in mentorship("log", "verify", "--heads", tmp_path / "backup" / "heads.jsonl")

    reacted: list[Event] = []
    go_live(client, Story({name: MongoEventLog(client, name, 2) for name in LOGS}), reacted.append, known)
    places = [(name, partition) for name in LOGS for partition in (0, 1)]
    behind = [(*place, n) for place in places for n in range(stood.get(place, 0) + 1, head(client, *place) + 1)]
    held = {found["stream"] for found in client[SERVICE]["parked"].find()}
    assert len(reacted) == len({event.id for event in reacted})
    assert {(e.service, e.partition, e.position) for e in reacted} == {
        place for place in behind if stream_at(client, place) not in held
    }


def test_a_restore_is_repeated_where_it_was_killed_and_refused_where_something_is(
    client: MongoClient[Any], story: Story, mentorship: Callable[..., str], tmp_path: Path
) -> None:
    """What is there already is compared and completed. Other data, an altered file, a log that went on: refused."""
    story.tell_it_all()
    go_live(client, story, table=table(SERVICE))
    before = contents(client, SERVICE)
    mentorship("backup", "--to", tmp_path / "backup")
    assert "not empty" in mentorship("backup", "--to", tmp_path / "backup", status=1)
    assert "The store is not empty" in mentorship("restore", "--from", tmp_path / "backup", status=1)
    wipe(client)
    mentorship("restore", "--from", tmp_path / "backup")
    client[log_database(SERVICE)]["log_1"].delete_many({"_id": {"$gt": 1}})  # as if killed in the middle
    mentorship("restore", "--from", tmp_path / "backup")
    assert contents(client, SERVICE) == before
    again = Story({name: MongoEventLog(client, name, 2) for name in LOGS})
    again.tell("couple-new", message(100))
    assert "went on since" in mentorship("restore", "--from", tmp_path / "backup", status=1)
    file = max((tmp_path / "backup").rglob("*.bson"), key=lambda file: file.stat().st_size)
    written = file.read_bytes()
    file.write_bytes(written.replace(b"person-1", b"person-2", 1))
    assert file.stat().st_size == len(written)
    assert "is not what was written" in mentorship("restore", "--from", tmp_path / "backup", status=1)


def test_a_backup_is_of_one_moment_and_of_the_live_views(client: MongoClient[Any], story: Story) -> None:
    """What is appended while it looks is in none of its logs; watermarks are those of the generation that is live."""
    story.tell_it_all()
    client[SERVICE]["view2_watermarks"].insert_one({"_id": "conversations.0", "position": 2})
    make_live(client, SERVICE, 2, 1)
    stood = {(name, partition): head(client, name, partition) for name in LOGS for partition in (0, 1)}

    class Meanwhile(dict[str, int]):
        def items(self) -> Any:
            for one in super().items():
                yield one
                for number in range(8):
                    story.tell(f"couple-{number}", message(number))

    found = cut(client, Meanwhile(dict.fromkeys(LOGS, 2)))
    assert found.heads == stood
    assert [bson.decode(one)["position"] for one in found.kept[f"{SERVICE}/view1_watermarks"]] == [2]


def test_a_backup_is_its_owners_alone_and_never_of_an_altered_log(
    client: MongoClient[Any], story: Story, mentorship: Callable[..., str], tmp_path: Path
) -> None:
    """SE-19, BR-12: nobody else reads its files; a log that is not what was written is named and not backed up."""
    story.tell_it_all()
    mentorship("backup", "--to", tmp_path / "backup", "--keys-to", tmp_path / "keys")
    for folder in (tmp_path / "backup", tmp_path / "keys"):
        assert folder.stat().st_mode & 0o077 == 0
        assert not [file for file in folder.rglob("*.bson") if file.stat().st_mode & 0o077]
    client[log_database(SERVICE)]["log_1"].update_one({"_id": 1}, {"$set": {"actor": "somebody"}})
    said = mentorship("backup", "--to", tmp_path / "altered", status=1)
    assert "conversations, partition 1: position 1 is not" in said
    assert "making it was interrupted" in mentorship("restore", "--from", tmp_path / "altered", status=1)


def test_a_restore_takes_one_backup_of_its_own_kind_into_an_empty_store(
    client: MongoClient[Any], story: Story, mentorship: Callable[..., str], tmp_path: Path
) -> None:
    """Keys are no logs; two backups are never mixed; a log without views is something, too."""
    story.tell_it_all()
    for name in ("one", "two"):
        mentorship("backup", "--to", tmp_path / name)
    mentorship("backup", "--keys-to", tmp_path / "keys")
    assert "is no backup of logs" in mentorship("restore", "--from", tmp_path / "keys", status=1)
    wipe(client)
    client[log_database(SERVICE)]["log_0"].insert_one({"_id": 1})
    assert "The store is not empty" in mentorship("restore", "--from", tmp_path / "one", status=1)
    wipe(client)
    mentorship("restore", "--from", tmp_path / "one")
    assert "from another backup" in mentorship("restore", "--from", tmp_path / "two", status=1)


def test_one_note_of_a_tombstone_is_enough(
    client: MongoClient[Any], mentorship: Callable[..., str], story: Story, tmp_path: Path
) -> None:
    """PR-06: a tombstone comes back with its backup; it, or the service's own record, ends a key of an older one."""
    assert story.logs
    registry, keys = Registry(client, SERVICE), client[f"{SERVICE}_keys"]
    registry.make("p1\x1fperson-1", b"wrapped", "kek")
    mentorship("backup", "--keys-to", tmp_path / "old")
    registry.destroy_owner("person-1")
    before = list(keys["tombstones"].find())
    assert before
    mentorship("backup", "--keys-to", tmp_path / "new")
    client.drop_database(keys)
    mentorship("restore", "--keys-from", tmp_path / "new")
    assert list(keys["tombstones"].find()) == before
    for lost in (client[SERVICE]["forgotten"], keys["tombstones"]):
        keys["keys"].delete_many({})
        lost.delete_many({})
        assert "conversations: 1 keys" in mentorship("restore", "--keys-from", tmp_path / "old")
        found = registry.find("p1\x1fperson-1")
        assert found and not found.wrapped


def test_what_is_missing_is_added_beside_what_is_there(client: MongoClient[Any]) -> None:
    """A restore that is repeated changes nothing that is there; what the store refuses is not passed over."""
    place = client["conversations_keys"]
    place["keys"].insert_one({"_id": 1, "was": "there"})
    found = [bson.encode({"_id": number}) for number in (1, 2)]
    assert _add(client, "conversations_keys", "keys", iter(found)) == 1
    assert list(place["keys"].find()) == [{"_id": 1, "was": "there"}, {"_id": 2}]
    place.create_collection("guarded", validator={"name": {"$exists": True}})
    with pytest.raises((BulkWriteError, Transient)):
        _add(client, "conversations_keys", "guarded", iter(found))


def test_who_was_erased_stays_erased_though_the_registry_is_older(
    client: MongoClient[Any], story: Story, mentorship: Callable[..., str], tmp_path: Path, monkeypatch: Any
) -> None:
    """PR-06: the logs say it. A backup of keys that was to be deleted by now is refused."""
    registry = Registry(client, SERVICE)
    for key_id in ("p1\x1fperson-1", "p1\x1fperson-2"):
        registry.make(key_id, b"wrapped", "kek")
    mentorship("backup", "--keys-to", tmp_path / "keys")
    story.tell("rights-person-1", ("gateway.PersonErased", {"person_id": "person-1"}))
    registry.destroy_owner("person-1")
    mentorship("backup", "--to", tmp_path / "logs")
    wipe(client)
    said = mentorship("restore", "--from", tmp_path / "logs", "--keys-from", tmp_path / "keys")
    assert "conversations: 2 keys and tombstones restored, 1 keys destroyed again." in said
    found = {key: registry.find(f"p1\x1f{key}") for key in ("person-1", "person-2")}
    assert found["person-1"] and not found["person-1"].wrapped
    assert found["person-2"] and found["person-2"].usable
    monkeypatch.setenv("KEYS_BACKUPS_KEPT_DAYS", "0")
    mentorship("backup", "--keys-to", tmp_path / "old")
    assert "would undo erasures" in mentorship("restore", "--keys-from", tmp_path / "old", status=1)


def test_a_broker_elsewhere_forgets_what_is_now_no_more(
    client: MongoClient[Any],
    story: Story,
    mentorship: Callable[..., str],
    amqp_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its queues hold nothing from after the backup, and one that was lost is there again, bound as it was. A restore

    that does not know the broker, or cannot reach it, says so before it does anything.
    """
    story.tell_it_all()
    mentorship("backup", "--to", tmp_path / "backup")
    wipe(client)
    lost, queues = topology.event_queue("programs", 0), [queue.name for queue in topology.queues(2)]
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_delete(lost)
        for name in set(queues) - {lost}:
            channel.basic_publish("", name, b"of another past", mandatory=True)
    monkeypatch.delenv("TOPOLOGY_AMQP_URL")
    assert "TOPOLOGY_AMQP_URL" in mentorship("restore", "--from", tmp_path / "backup", status=1)
    monkeypatch.setenv("AMQP_URL", f"amqp://nobody:none@127.0.0.1:{free_ports(1)[0]}/mentorship")
    assert "cannot be reached" in mentorship("restore", "--from", tmp_path / "backup", status=1)
    assert log_database(SERVICE) not in client.list_database_names()
    monkeypatch.setenv("AMQP_URL", amqp_url)
    mentorship("restore", "--from", tmp_path / "backup")
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        found = {name: channel.queue_declare(name, passive=True).method.message_count for name in queues}
        assert found == dict.fromkeys(queues, 0)
        channel.confirm_delivery()
        channel.basic_publish(topology.BATCHES, "matching.batch.0", b"of this one", mandatory=True)
        assert channel.queue_declare(lost, passive=True).method.message_count == 1
    topology.empty(amqp_url, 2)


@contextmanager
def writing(story: Story) -> Iterator[None]:
    """Messages all the while, from a thread."""
    over = threading.Event()

    def write() -> None:
        for number in count(1000):
            if over.is_set():
                return
            story.tell(f"couple-{number % 7}", message(number))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def head(client: MongoClient[Any], service: str, partition: int) -> int:
    return MongoEventLog(client, service, 2).head(partition)


def stream_at(client: MongoClient[Any], place: tuple[str, int, int]) -> str:
    service, partition, position = place
    return str(client[log_database(service)][f"log_{partition}"].find_one({"_id": position})["stream"])
