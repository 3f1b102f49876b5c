"""What the log in MongoDB promises beyond the contract."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import Int64
from pymongo import MongoClient

from shared.eventlog import StreamConflict
from shared.eventlog.mongo import MongoEventLog, WrongPartitions, connect
from shared.eventlog.place import log_database
from tests.support.commands import Sent
from tests.support.commits import new_commit, positions

pytestmark = pytest.mark.real
MAJORITY = {"level": "majority"}


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def client(mongo_url: str, sent: Sent) -> Iterator[MongoClient]:
    with connect(mongo_url, event_listeners=[sent]) as client:
        yield client


@pytest.fixture
def log(client: MongoClient, service: str) -> Iterator[MongoEventLog]:
    log = MongoEventLog(client, service, 1)
    yield log
    log.close()


def test_every_write_is_majority_and_journaled(log: MongoEventLog, sent: Sent) -> None:
    """What goes over the wire asks for a durable write, for the commit as for the number of partitions."""
    log.append(new_commit("s"))

    writes = sent.named("insert")
    assert [write["writeConcern"] for write in writes] == [{"w": "majority", "j": True}] * 2
    assert [write["insert"] for write in writes] == ["meta", "log_0"]
    assert writes[1]["ordered"] is True


def test_every_answer_is_read_durable(log: MongoEventLog, sent: Sent) -> None:
    """Nothing is read that a failover could take back, wherever the answer of a log comes from."""
    log.prepare()
    sent.commands.clear()

    log.read_stream("s")
    log.feed(0)
    list(log.replay(0))
    log.head(0)
    log.find_command("s", "c")
    log.wait(0, 0, 0)

    assert len(sent.named("find")) >= 5
    assert all(find["readConcern"] == MAJORITY for find in sent.named("find"))


def test_a_refused_command_is_looked_up_durable(log: MongoEventLog, sent: Sent) -> None:
    """A repeated command is answered from what is durable only."""
    log.append(new_commit("s", command_id="c"))
    sent.commands.clear()
    log.append(new_commit("s", 1, command_id="c"))

    assert [find["readConcern"] for find in sent.named("find")] == [MAJORITY]


def test_the_documents_are_as_designed(log: MongoEventLog, client: MongoClient, service: str) -> None:
    """One document per commit, its position a 64-bit number, with two unique keys beside it."""
    commit = log.append(new_commit("s", data=[{"a": 1}, {"b": 2}], fingerprint="f"))
    collection = client[log_database(service)]["log_0"]

    (document,) = collection.find()
    assert isinstance(document.pop("_id"), Int64)
    assert len(document.pop("chain")) == 32
    first, second = commit.events
    assert document == {
        "stream": "s",
        "seq": 1,
        "events": [
            {"id": first.id, "type": "Happened", "v": 1, "data": {"a": 1}},
            {"id": second.id, "type": "Happened", "v": 1, "data": {"b": 2}},
        ],
        "command_id": commit.command_id,
        "correlation_id": first.correlation_id,
        "causation_id": None,
        "actor": "ada",
        "recorded_at": first.recorded_at,
        "fingerprint": "f",
    }
    keys = [(index["key"], index["unique"]) for index in collection.index_information().values() if "unique" in index]
    assert keys == [([("stream", 1), ("seq", 1)], True), ([("command_id", 1)], True)]


def test_the_number_of_partitions_never_changes(client: MongoClient, service: str) -> None:
    """A log that was made with two partitions refuses to be opened with three, and says what to set."""
    MongoEventLog(client, service, 2).prepare()
    MongoEventLog(client, service, 2).prepare()

    with pytest.raises(WrongPartitions, match="LOG_PARTITIONS says 3: set it to 2"):
        MongoEventLog(client, service, 3).append(new_commit("s"))


def test_many_may_open_a_new_log_at_once(client: MongoClient, service: str) -> None:
    """The first start may happen in many processes at the same time."""
    ready = threading.Barrier(8)

    def open_and_append(n: int) -> None:
        log = MongoEventLog(client, service, 2)
        ready.wait()
        log.append(new_commit(f"s{n}"))
        log.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_and_append, range(8)))

    log = MongoEventLog(client, service, 2)
    assert log.head(0) + log.head(1) == 8


def test_two_logs_take_turns_without_holes(client: MongoClient, log: MongoEventLog, service: str) -> None:
    """A log that has been overtaken by another process finds the end again."""
    other = MongoEventLog(client, service, 1)

    for n in range(6):
        (log, other)[n % 2].append(new_commit("s", n))
    with pytest.raises(StreamConflict):
        log.append(new_commit("s", 5))
    other.close()

    assert positions(log.feed(0)) == [1, 2, 3, 4, 5, 6]


def test_wait_sees_what_others_append(client: MongoClient, log: MongoEventLog, service: str) -> None:
    """A tail in one process hears of the commit of another by polling."""
    other = MongoEventLog(client, service, 1)
    timer = threading.Timer(0.1, lambda: other.append(new_commit("s")))
    timer.start()

    assert log.wait(0, after=0, timeout=5)
    timer.join()
    other.close()


def test_replay_pages(
    log: MongoEventLog,
    client: MongoClient[dict[str, object]],
    service: str,
    sent: Sent,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A replay reads page by page, and ends with what was there when it began."""
    monkeypatch.setattr("shared.eventlog.mongo._PAGE", 3)
    for n in range(8):
        log.append(new_commit(f"s{n}"))
    reader = MongoEventLog(client, service, 1)
    reader.prepare()
    sent.commands.clear()

    replay = reader.replay(0, after=1)
    first = next(replay)
    log.append(new_commit("late"))

    assert [first.position, *positions(replay)] == [2, 3, 4, 5, 6, 7, 8]
    assert [find.get("limit") for find in sent.named("find")[1:4]] == [3, 3, 1]


def test_who_follows_what_this_process_writes_asks_the_store_nothing(log: MongoEventLog, sent: Sent) -> None:
    """Commits that were made durable here come from memory; those before them from the store."""
    for n in range(3):
        log.append(new_commit(f"s{n}"))
    sent.commands.clear()

    assert positions(log.feed(0, after=1)) == [2, 3]
    assert sent.named("find") == []
    assert log.feed(0, after=3) == []
    assert len(sent.named("find")) == 1


def test_waiting_commits_share_an_insert(log: MongoEventLog, sent: Sent) -> None:
    """Commits that wait at the same time are written together."""
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda n: log.append(new_commit(f"s{n}")), range(320)))

    assert log.head(0) == 320
    assert len(sent.named("insert")) < 160


def test_big_commits_at_once(log: MongoEventLog) -> None:
    """Commits that are together larger than a message to the store may be are written all the same."""
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda n: log.append(new_commit(f"s{n}", data=[{"text": "x" * 6_000_000}])), range(10)))

    assert log.head(0) == 10
