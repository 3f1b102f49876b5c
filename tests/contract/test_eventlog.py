"""What every event log promises, whichever adapter it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.eventlog import EventLog, LogUnavailable, StreamConflict
from shared.eventlog.documents import LARGEST, BadCommit
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.eventlog.upcasting import Upcasters
from shared.kernel.events import Commit, NewCommit
from shared.kernel.ids import new_id
from tests.support.commits import new_commit, positions

Open = Callable[..., EventLog]


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.real)])
def open_log(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Makes a log that nobody else uses: `open_log(partitions, upcasters)`."""
    if request.param == "memory":
        yield lambda partitions=1, upcasters=None: MemoryEventLog("programs", partitions, upcasters)
        return
    service = f"test_{new_id()}"
    opened: list[MongoEventLog] = []
    with connect(request.getfixturevalue("mongo_url")) as client:

        def opener(partitions: int = 1, upcasters: Upcasters | None = None) -> EventLog:
            opened.append(MongoEventLog(client, service, partitions, upcasters))
            return opened[-1]

        yield opener
        for log in opened:
            log.close()
        client.drop_database(log_database(service))


@pytest.fixture
def log(open_log: Open) -> EventLog:
    return open_log()


def test_append_answers_with_the_commit_as_it_is_read_later(log: EventLog) -> None:
    """An append answers with the very commit that every later reading gives, all fields kept."""
    given = new_commit("pairing-1", data=[{"a": 1}, {"b": [1.5, None, True, "ü"]}], fingerprint="f")

    commit = log.append(given)

    assert log.read_stream("pairing-1") == log.feed(0) == list(log.replay(0)) == [commit]
    assert (commit.service, commit.partition, commit.position, commit.seq) == (log.service, 0, 1, 1)
    assert (commit.stream, commit.command_id, commit.fingerprint) == ("pairing-1", given.command_id, "f")
    assert [event.data for event in commit.events] == [{"a": 1}, {"b": [1.5, None, True, "ü"]}]
    assert [(event.index, event.of, event.seq) for event in commit.events] == [(0, 2, 1), (1, 2, 1)]
    first = commit.events[0]
    assert (first.id, first.type, first.version) == (given.events[0].id, "Happened", 1)
    assert (first.recorded_at, first.actor) == (given.recorded_at, given.actor)
    assert (first.correlation_id, first.causation_id) == (given.correlation_id, given.causation_id)
    assert first.name == f"{log.service}.Happened"


def test_an_empty_log_is_empty(log: EventLog) -> None:
    """Reading what nobody wrote gives nothing, and no error."""
    assert log.head(0) == 0
    assert log.read_stream("nobody") == log.feed(0) == list(log.replay(0)) == []
    assert log.find_command("nobody", "nothing") is None


def test_seq_counts_commits_not_events(log: EventLog) -> None:
    """The seq of a stream grows by one per commit, however many events each has."""
    log.append(new_commit("s", 0, data=[{}, {}, {}]))
    log.append(new_commit("s", 1, data=[{}, {}]))

    assert [(c.seq, len(c.events)) for c in log.read_stream("s")] == [(1, 3), (2, 2)]
    assert [c.seq for c in log.read_stream("s", after_seq=1)] == [2]


@pytest.mark.parametrize("expected_seq", [0, 1, 3, 99])
def test_only_the_last_seq_of_a_stream_may_be_expected(log: EventLog, expected_seq: int) -> None:
    """An append that has seen less of its stream than there is, or more, is a conflict and writes nothing."""
    log.append(new_commit("s", 0))
    log.append(new_commit("s", 1))

    with pytest.raises(StreamConflict):
        log.append(new_commit("s", expected_seq))

    assert log.head(0) == 2


def test_a_stale_writer_of_many_events_is_refused(log: EventLog) -> None:
    """A stale commit conflicts whatever number of events it or its rival holds."""
    log.append(new_commit("s", 0, data=[{"n": 1}]))
    log.append(new_commit("s", 1, data=[{"n": 2}, {"n": 3}]))

    for data in ([{}], [{}, {}], [{}] * 5):
        with pytest.raises(StreamConflict):
            log.append(new_commit("s", 1, data=data))

    assert [e.data["n"] for c in log.read_stream("s") for e in c.events] == [1, 2, 3]


@pytest.mark.parametrize("expected_seq", [0, 1, 7])
def test_a_command_is_appended_once(log: EventLog, expected_seq: int) -> None:
    """A command id that is there already answers with its first commit, whatever comes with it."""
    first = log.append(new_commit("s", 0, command_id="c", data=[{"first": True}]))

    again = log.append(new_commit("s", expected_seq, command_id="c", data=[{"first": False}]))

    assert again == first
    assert log.head(0) == 1


def test_a_command_is_appended_once_even_to_another_stream(log: EventLog) -> None:
    """A command id counts for the whole partition."""
    first = log.append(new_commit("s", command_id="c"))

    assert log.append(new_commit("other", command_id="c")) == first
    assert log.read_stream("other") == []


def test_find_command(log: EventLog) -> None:
    """A command that made a commit is found by its id, another is not."""
    commit = log.append(new_commit("s", command_id="c"))

    assert log.find_command("s", "c") == commit
    assert log.find_command("s", "d") is None


def test_feed_pages_by_position(log: EventLog) -> None:
    """The feed gives what is past `after`, in order, at most `limit` at once; replay gives all of it."""
    for n in range(7):
        log.append(new_commit(f"s{n}"))

    assert positions(log.feed(0, after=2, limit=3)) == [3, 4, 5]
    assert positions(log.feed(0, after=6)) == [7]
    assert log.feed(0, after=7) == log.feed(0, after=99) == log.feed(0, limit=0) == []
    assert positions(log.replay(0, after=4)) == [5, 6, 7]


def test_partitions_are_dense_each(open_log: Open) -> None:
    """Each partition numbers its own commits 1, 2, 3 …, and a stream lives in one of them for ever."""
    log = open_log(3)
    streams = [f"stream-{n}" for n in range(30)]
    for stream in streams:
        log.append(new_commit(stream))

    for partition in range(3):
        commits = log.feed(partition)
        assert commits
        assert positions(commits) == list(range(1, log.head(partition) + 1))
        assert {log.partition_of(c.stream) for c in commits} == {c.partition for c in commits} == {partition}
    assert sum(log.head(p) for p in range(3)) == len(streams)


def test_partition_of_a_stream_never_changes(open_log: Open) -> None:
    """The partition of a stream is what it was when the first log was written."""
    log = open_log(4)

    assert [log.partition_of(s) for s in ("pairing-1", "pairing-2", "größe", "")] == [2, 0, 1, 0]


@pytest.mark.parametrize("partition", [-1, 2])
def test_an_unknown_partition_is_refused(open_log: Open, partition: int) -> None:
    """A partition that does not exist is an error, not an empty answer."""
    log = open_log(2)

    for ask in (log.head, log.feed, lambda p: list(log.replay(p)), lambda p: log.wait(p, 0, 0)):
        with pytest.raises(ValueError, match="no partition"):
            ask(partition)


def test_events_are_upcast_on_reading(open_log: Open) -> None:
    """Events of every old version come out in the newest one; what is stored stays as it was."""

    def named(data: dict[str, object]) -> dict[str, object]:
        return {"name": data["n"]}

    def listed(data: dict[str, object]) -> dict[str, object]:
        return {"names": [data["name"]]}

    service = open_log().service
    log = open_log(1, {(service, "Happened", 1): named, (service, "Happened", 2): listed, ("x", "Happened", 3): named})
    answers = [
        log.append(new_commit("s", 0, data=[{"n": "a"}], version=1)),
        log.append(new_commit("s", 1, data=[{"name": "b"}], version=2)),
        log.append(new_commit("s", 2, data=[{"names": ["c"]}], version=3)),
    ]

    for commits in (answers, log.read_stream("s"), log.feed(0), list(log.replay(0))):
        assert [(c.events[0].version, c.events[0].data) for c in commits] == [
            (3, {"names": ["a"]}),
            (3, {"names": ["b"]}),
            (3, {"names": ["c"]}),
        ]


@pytest.mark.parametrize(
    "data",
    [
        {"when": object()},
        {"set": {1}},
        {"bytes": b"x"},
        {"big": 2**70},
        {"nan": float("nan")},
        {1: "key"},
        {"surrogate": "\ud800"},
        {"text": "x" * LARGEST},
    ],
    ids=lambda data: str(next(iter(data))),
)
def test_what_cannot_be_stored_is_refused_at_once(log: EventLog, data: dict[str, object]) -> None:
    """Data that the store or the bus cannot carry is refused before it is written, without quoting it."""
    with pytest.raises(BadCommit) as refusal:
        log.append(new_commit("s", data=[data]))

    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
    assert log.head(0) == 0


def test_a_commit_without_events_is_refused(log: EventLog) -> None:
    """A position without events would be a hole on the bus."""
    with pytest.raises(BadCommit):
        log.append(new_commit("s", data=[]))


def test_what_is_read_is_not_what_was_handed_in(log: EventLog) -> None:
    """Changing the data of a commit after the append changes nothing in the log."""
    data = {"names": ["a"]}
    commit = log.append(new_commit("s", data=[data]))

    data["names"].append("b")
    commit.events[0].data["names"].append("c")

    assert log.read_stream("s")[0].events[0].data == {"names": ["a"]}


def test_of_rivals_one_wins(log: EventLog) -> None:
    """Of many writers that expect the same seq at the same time one appends, the others meet a conflict."""
    outcomes = _at_once(log, [new_commit("s", 0, data=[{}] * (1 + n % 3)) for n in range(24)])

    assert sum(isinstance(outcome, Commit) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, StreamConflict) for outcome in outcomes) == 23
    assert log.head(0) == 1


def test_the_same_command_at_once_is_one_commit(log: EventLog) -> None:
    """One command sent many times at the same time, even to several streams, makes one commit."""
    outcomes = _at_once(log, [new_commit(f"s{n % 2}", 0, command_id="c") for n in range(16)])

    assert outcomes == [log.feed(0)[0]] * 16
    assert log.head(0) == 1


def test_a_bad_neighbour_harms_nobody(log: EventLog) -> None:
    """Commits that are refused leave those that are written at the same time alone, and leave no hole."""
    log.append(new_commit("taken"))
    bad = [new_commit("huge", data=[{"text": "x" * LARGEST}]), new_commit("taken"), new_commit("ahead", 5)]
    outcomes = _at_once(log, [*bad, *(new_commit(f"good-{n}") for n in range(20)), *bad])

    assert [type(o) for o in outcomes[:3] + outcomes[-3:]] == [BadCommit, StreamConflict, StreamConflict] * 2
    assert all(isinstance(outcome, Commit) for outcome in outcomes[3:-3])
    assert positions(log.feed(0)) == list(range(1, 22))


def test_wait_wakes_at_once_for_an_own_append(log: Any) -> None:
    """Who waits for the next commit wakes when this process appends it, well before the next poll would."""
    log._tails[0]._poll_seconds = 60
    log.append(new_commit("s"))
    assert log.wait(0, after=0, timeout=60)
    took: list[float] = []

    def waiter() -> None:
        assert log.wait(0, after=1, timeout=60)
        took.append(time.monotonic())

    thread = threading.Thread(target=waiter)
    thread.start()
    time.sleep(0.05)
    log.append(new_commit("t"))
    appended = time.monotonic()
    thread.join()

    assert took[0] - appended < 30


def test_wait_gives_up_in_time(log: EventLog) -> None:
    """Where nothing comes, a wait ends with False after its time."""
    began = time.monotonic()

    assert not log.wait(0, after=0, timeout=0.1)
    assert 0.1 <= time.monotonic() - began < 20


def test_a_closed_log_takes_nothing_more(log: EventLog) -> None:
    """What was appended before the close stays; an append after it is refused."""
    log.append(new_commit("s"))
    log.close()

    with pytest.raises(LogUnavailable):
        log.append(new_commit("t"))
    assert log.head(0) == 1


def _at_once(log: EventLog, commits: list[NewCommit]) -> list[Commit | Exception]:
    """What each append gave, all of them sent at the same time."""
    ready = threading.Barrier(len(commits))

    def send(commit: NewCommit) -> Commit | Exception:
        ready.wait()
        try:
            return log.append(commit)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(commits)) as pool:
        return list(pool.map(send, commits))
