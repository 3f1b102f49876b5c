"""The store hangs, is away, or does not say whether it wrote."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo import MongoClient

from shared.eventlog import LogUnavailable
from shared.eventlog.documents import encode
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.kernel.events import Commit
from shared.kernel.ids import new_id
from tests.support.commits import new_commit, positions
from tests.support.mongod import Mongod

pytestmark = pytest.mark.real
Fail = Callable[..., None]


@pytest.fixture
def client(mongod: Mongod) -> Iterator[MongoClient]:
    with connect(mongod.url, appname="faults") as client:
        yield client


@pytest.fixture
def log(client: MongoClient) -> Iterator[MongoEventLog]:
    service = f"test_{new_id()}"
    MongoEventLog(client, service, 1).prepare()
    log = MongoEventLog(client, service, 1, limit=2.0, patience=0.5)
    log.prepare()
    yield log
    log.close()


@pytest.fixture
def fail(mongod: Mongod) -> Iterator[Fail]:
    """`fail(times, commands, **how)`: the store fails the next commands of our client in that way."""
    with MongoClient(mongod.url) as admin:

        def failing(times: int, commands: list[str], **how: Any) -> None:
            data = {"failCommands": commands, "appName": "faults", **how}
            admin.admin.command({"configureFailPoint": "failCommand", "mode": {"times": times}, "data": data})

        yield failing
        admin.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


def test_a_write_that_nobody_confirmed_is_not_doubled(log: MongoEventLog, fail: Fail) -> None:
    """A commit that was written without being confirmed is found by its command, and is there once."""
    fail(1, ["insert"], writeConcernError={"code": 64, "errmsg": "waiting for replication timed out"})

    commit = log.append(new_commit("s"))

    assert log.feed(0) == [commit]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_cut_connection_is_survived(log: MongoEventLog, fail: Fail, times: int) -> None:
    """Connections that break in the middle of a write cost time, not commits."""
    fail(times, ["insert"], closeConnection=True)

    with ThreadPoolExecutor(8) as pool:
        commits = list(pool.map(lambda n: log.append(new_commit(f"s{n}")), range(8)))

    assert sorted(positions(commits)) == positions(log.feed(0)) == list(range(1, 9))


def test_a_write_that_nobody_confirmed_is_never_counted(log: MongoEventLog, fail: Fail) -> None:
    """Where a batch is cut short by a duplicate and not confirmed either, none of it counts as durable."""
    log.append(new_commit("s"))
    fail(1, ["insert"], writeConcernError={"code": 64, "errmsg": ""})

    with pytest.raises(LogUnavailable):
        log._logs[0].insert(log._logs[0].end(), [encode(new_commit("t")), encode(new_commit("s"))])


def test_a_lookup_that_fails_is_repeated(log: MongoEventLog, fail: Fail, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not knowing, and then not being able to ask, still ends with the commit once."""
    fail(1, ["insert"], writeConcernError={"code": 64, "errmsg": ""})
    real, asked = log._logs[0].by_command, []

    def away_at_first(command_ids: Any) -> dict[str, Any]:
        asked.append(None)
        if len(asked) < 3:
            raise LogUnavailable
        return real(command_ids)

    monkeypatch.setattr(log._logs[0], "by_command", away_at_first)

    commit = log.append(new_commit("s"))

    assert log.feed(0) == [commit]
    assert len(asked) == 3


def test_what_is_written_but_not_durable_is_neither_done_nor_lost(
    log: MongoEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retry that meets its own unconfirmed write waits for it to be durable instead of calling it a conflict."""
    first = log.append(new_commit("s", command_id="c"))
    collection = log._logs[0]
    real, asked = collection.by_command, []

    def not_durable_yet(command_ids: Any) -> dict[str, Any]:
        asked.append(None)
        return real(command_ids) if len(asked) > 2 else {}

    monkeypatch.setattr(collection, "by_command", not_durable_yet)

    assert log.append(new_commit("s", command_id="c")) == first
    assert len(asked) == 3


def test_an_item_that_the_store_refuses_fails_alone(log: MongoEventLog, client: MongoClient) -> None:
    """A document that the store will not take for a reason of its own fails only its own writer."""
    validator = {"stream": {"$ne": "bad"}}
    client[log_database(log.service)].command("collMod", "log_0", validator=validator)

    def send(stream: str) -> Commit | Exception:
        try:
            return log.append(new_commit(stream))
        except LogUnavailable as error:
            return error

    with ThreadPoolExecutor(9) as pool:
        outcomes = list(pool.map(send, ["s1", "s2", "s3", "s4", "bad", "s5", "s6", "s7", "s8"]))

    assert [isinstance(outcome, Commit) for outcome in outcomes] == [True] * 4 + [False] + [True] * 4
    assert positions(log.feed(0)) == list(range(1, 9))


def test_a_store_that_hangs_is_unavailable_in_time(log: MongoEventLog, mongod: Mongod) -> None:
    """While the store hangs nobody waits for ever; after it, the same command is there exactly once."""
    log.append(new_commit("before"))
    commit = new_commit("s")
    mongod.pause()
    try:
        began = time.monotonic()
        with pytest.raises(LogUnavailable):
            log.append(commit)
        assert 1.9 < time.monotonic() - began < 20
        for ask in (lambda: log.feed(0, after=1), lambda: log.read_stream("s"), lambda: log.head(0)):
            began = time.monotonic()
            with pytest.raises(LogUnavailable):
                ask()
            assert time.monotonic() - began < 20
        assert not log.wait(0, after=1, timeout=0.1)
    finally:
        mongod.resume()

    _until_available(lambda: log.append(commit))
    assert [c.command_id for c in log.replay(0)][1:] == [commit.command_id]


def test_a_store_that_is_away_at_the_start(mongod: Mongod) -> None:
    """A log may be made while the store is away; it says so, and works once the store is there."""
    mongod.kill()
    try:
        with connect(mongod.url) as client:
            log = MongoEventLog(client, f"test_{new_id()}", 1, limit=2.0, patience=0.3)
            with pytest.raises(LogUnavailable):
                log.append(new_commit("s"))
            assert not log.wait(0, after=0, timeout=0.1)
            mongod.start()
            _until_available(lambda: log.append(new_commit("s")))
            assert log.head(0) == 1
            log.close()
    finally:
        mongod.restart()


def test_close_lets_what_waits_finish(log: MongoEventLog, fail: Fail) -> None:
    """A close in the middle of appends loses none of them."""
    fail(1, ["insert"], blockConnection=True, blockTimeMS=200)
    with ThreadPoolExecutor(4) as pool:
        appends = [pool.submit(log.append, new_commit(f"s{n}")) for n in range(4)]
        time.sleep(0.1)
        log.close()

        assert sorted(positions(append.result() for append in appends)) == [1, 2, 3, 4]


def test_no_error_quotes_what_was_written(log: MongoEventLog, fail: Fail) -> None:
    """PR-02: the driver's messages quote documents; ours do not, and do not show the driver's as their cause."""
    fail(50, ["insert"], errorCode=8000)

    with pytest.raises(LogUnavailable) as failure:
        log.append(new_commit("s", data=[{"text": "canary"}]))

    shown = failure.value
    while shown:
        assert "canary" not in str(shown)
        shown = shown.__cause__ or (None if shown.__suppress_context__ else shown.__context__)


def _until_available(act: Callable[[], object]) -> None:
    """I20: what is away for a moment is back within 5 s."""
    expires = time.monotonic() + 5
    while True:
        try:
            act()
        except LogUnavailable:
            assert time.monotonic() < expires
        else:
            return
