"""BR-12: what is stored is chained, so that whatever is changed in it afterwards is seen."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import bson
import pytest
from bson import Int64
from hypothesis import given
from hypothesis import strategies as st
from pymongo import MongoClient
from pymongo.collection import Collection

from shared.eventlog import LogUnavailable, StreamConflict
from shared.eventlog.chain import Altered, Link, check, document, genesis, taken_apart
from shared.eventlog.documents import encode
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from tests.support.commits import new_commit, positions

GENESIS = genesis("programs", 0)


def chained(commits: list[bytes]) -> list[bytes]:
    links = list(itertools.accumulate(commits, Link.to, initial=Link(0, GENESIS)))
    return [document(link, commit) for link, commit in zip(links[1:], commits, strict=True)]


WRITTEN = chained([encode(new_commit(f"s{n}", data=[{"text": "x" * 20, "n": n}])) for n in range(6)])


def altered(documents: list[bytes], kept: dict[int, bytes] | None = None) -> int | None:
    """The position at which a partition is not as it was written, None where it is."""
    try:
        list(check(GENESIS, documents, kept or {}))
    except Altered as error:
        return error.position
    return None


def test_what_was_written_is_whole() -> None:
    """BR-12: nothing is seen where nothing was altered, and a document is what the store would make of its parts."""
    assert altered(WRITTEN) is None
    first = bson.decode(WRITTEN[0])
    assert next(iter(first)) == "_id"
    assert bson.encode(first) == WRITTEN[0]
    assert taken_apart(WRITTEN[0]).digest == first["chain"]


@given(st.integers(0, 5), st.integers(4), st.integers(1, 255))
def test_every_byte_counts(number: int, byte: int, change: int) -> None:
    """BR-12: whichever byte of a stored commit is changed, chain and position included, that position is named.

    Only of the very first it may be said at the second: without a chain it is like one from before there was any.
    """
    documents = list(WRITTEN)
    changed = bytearray(documents[number])
    changed[byte % (len(changed) - 5) + 4] ^= change
    documents[number] = bytes(changed)

    found = taken_apart(documents[number])
    chain_is_gone = number == 0 and found is not None and found.digest is None
    assert altered(documents) == (2 if chain_is_gone else number + 1)


@given(st.permutations(range(6)), st.integers(0, 6))
def test_any_other_order_or_loss_is_seen(order: list[int], kept: int) -> None:
    """BR-12: commits at other places, or fewer from the middle, are named at the first place that is wrong."""
    moved = [bson.encode({**bson.decode(WRITTEN[one]), "_id": Int64(n)}) for n, one in enumerate(order, 1)]
    wrong = [n for n, one in enumerate(order, 1) if one != n - 1]
    assert altered(moved) == (wrong[0] if wrong else None)

    gone = [document for n, document in enumerate(WRITTEN) if n != kept]
    assert altered(gone) == (kept + 1 if kept < 5 else None)


def test_a_chain_is_of_one_partition() -> None:
    """BR-12: a whole log put in the place of another one is seen at its first commit."""
    assert len({genesis(service, p) for service in ("programs", "matching") for p in (0, 1)}) == 4
    with pytest.raises(Altered, match="position 1 "):
        list(check(genesis("programs", 1), WRITTEN, {}))


def test_a_chain_that_was_made_anew_misses_what_was_kept() -> None:
    """BR-12: who rewrites a log from somewhere on, chain included, is found by a digest that was kept elsewhere."""
    parts = [taken_apart(one) for one in WRITTEN]
    kept = {2: parts[1].digest, 5: parts[4].digest}
    forged = chained([*(one.commit for one in parts[:3]), encode(new_commit("forged")), *(o.commit for o in parts[4:])])

    assert altered(forged) is None
    assert altered(forged, kept) == 5
    assert altered(forged[:4], kept) == 5
    assert altered(WRITTEN, kept) is None


def test_commits_from_before_the_chain_are_taken_as_they_are() -> None:
    """BR-12: the chain begins at the first commit that has one; after it none may be without."""
    old = [bson.encode({k: v for k, v in bson.decode(one).items() if k != "chain"}) for one in WRITTEN]
    begin = Link(2, GENESIS)
    third = begin.to(taken_apart(WRITTEN[2]).commit)
    fourth = third.to(taken_apart(WRITTEN[3]).commit)
    mixed = [*old[:2], document(third, taken_apart(old[2]).commit), document(fourth, taken_apart(old[3]).commit)]

    assert altered(old) is None
    assert altered(mixed) is None
    assert altered([*mixed[:3], old[3]]) == 4


@pytest.fixture
def client(mongo_url: str) -> Iterator[MongoClient]:
    with connect(mongo_url) as client:
        yield client


@pytest.fixture
def log(client: MongoClient, service: str) -> Iterator[MongoEventLog]:
    log = MongoEventLog(client, service, 1)
    yield log
    log.close()


@pytest.fixture
def stored(client: MongoClient, service: str) -> Collection:
    """The collection behind `log`."""
    return client[log_database(service)]["log_0"]


@pytest.mark.real
def test_writers_that_collide_leave_one_chain(mongo_url: str, service: str, log: MongoEventLog) -> None:
    """BR-12: writers that meet taken positions, commands and streams all the time leave a chain without a break."""
    with connect(mongo_url) as another:
        logs = [log, MongoEventLog(another, service, 1), MongoEventLog(another, service, 1)]
        conflicts = []

        def write(one: MongoEventLog, name: int) -> None:
            for n in range(12):
                commit = new_commit(f"{name}-{n % 4}", n // 4, data=[{"text": "x" * 50}] * (1 + n % 2))
                assert one.append(commit) == one.append(commit)
                try:
                    one.append(new_commit("everybody's", n))
                except StreamConflict as conflict:
                    conflicts.append(conflict)

        with ThreadPoolExecutor(9) as pool:
            list(pool.map(write, logs * 3, range(9)))
        for one in logs[1:]:
            one.close()

    commits = [commit for commit, digest in log.verified(0, {}) if digest]
    assert len(commits) == log.head(0) == 9 * 12 + (9 * 12 - len(conflicts))
    assert conflicts


@pytest.mark.real
def test_a_commit_that_is_refused_is_left_out_of_the_chain(
    log: MongoEventLog, service: str, client: MongoClient
) -> None:
    """BR-12: what the store will not take from the middle of a batch is not chained over."""
    log.prepare()
    client[log_database(service)].command("collMod", "log_0", validator={"stream": {"$ne": "bad"}})

    def send(stream: str) -> None:
        with contextlib.suppress(LogUnavailable):
            log.append(new_commit(stream))

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(send, ["s1", "s2", "bad", "s3", "s4", "s5", "bad", "s6", "s7"]))

    assert sum(1 for _ in log.verified(0, {})) == 7


@pytest.mark.real
def test_a_log_from_before_is_gone_on_with(log: MongoEventLog, stored: Collection) -> None:
    """BR-12: a log without a chain gets one from its next commit on, and can be read as before."""
    for n in range(3):
        log.append(new_commit(f"s{n}"))
    stored.update_many({}, {"$unset": {"chain": 1}})
    log._sequencers[0]._end = None  # as after a start
    log.append(new_commit("s3"))

    assert [digest is not None for _, digest in log.verified(0, {})] == [False, False, False, True]
    assert positions(log.feed(0)) == [1, 2, 3, 4]


@pytest.mark.real
@pytest.mark.parametrize("odd", ["text", 2.5, -1, None, {"a": 1}], ids=str)
def test_what_hides_from_positions_is_seen(log: MongoEventLog, stored: Collection, odd: Any, monkeypatch: Any) -> None:
    """BR-12: a document that no reader of positions meets, wherever it lies in the collection, is seen."""
    monkeypatch.setattr("shared.eventlog.mongo._PAGE", 2)
    for n in range(5):
        log.append(new_commit("s", n))
    stored.insert_one({"_id": odd, "stream": "s", "seq": 6, "command_id": "c"})

    with pytest.raises(Altered):
        list(log.verified(0, {}))
    assert log.head(0) == 5
