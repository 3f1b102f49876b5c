"""B1: appends by many writers, each waiting for majority and journal, beside two ways without a group commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from pymongo import MongoClient, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern

from shared.eventlog.collection import DURABLE
from shared.eventlog.mongo import MongoEventLog
from shared.eventlog.place import log_database
from shared.kernel.ids import new_id
from tests.benchmarks.children import Contestant
from tests.benchmarks.commits import commit, happened
from tests.benchmarks.runner import Place, Row, Tick, take_turns

SECONDS = 1.5
_STREAMS = 20

Write = Callable[[str, int], object]
"""Writes the commit after `seq` of a stream."""


def hammer(writers: int, seconds: float, write: Write) -> float:
    """Commits a second by so many threads, each with streams of its own. Raises the first error of any."""
    done = [0] * writers
    failed: list[BaseException] = []
    mark = new_id()
    until = time.perf_counter() + seconds

    def work(writer: int) -> None:
        try:
            while time.perf_counter() < until and not failed:
                write(f"{mark}-{writer}-{done[writer] % _STREAMS}", done[writer] // _STREAMS)
                done[writer] += 1
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(writers)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(done) / (time.perf_counter() - began)


def _document(stream: str, seq: int) -> dict[str, object]:
    """What the log stores of the same commit."""
    kind, data = happened(seq)
    command = new_id()
    return {
        "stream": stream,
        "seq": seq + 1,
        "events": [{"id": new_id(), "type": kind, "v": 1, "data": data}],
        "command_id": command,
        "correlation_id": command,
        "causation_id": None,
        "actor": "ada",
        "recorded_at": "2026-01-01T00:00:00.000Z",
        "fingerprint": None,
    }


def counter(client: MongoClient[Any]) -> Write:
    """A position from a counter, taken in the transaction that inserts: dense, too, but one writer at a time."""
    client.drop_database("bench_counter")
    database = client["bench_counter"]
    database["events"].create_index([("stream", 1), ("seq", 1)], unique=True)
    database["events"].create_index("command_id", unique=True)
    database["counters"].insert_one({"_id": "all", "position": 0})

    def write(stream: str, seq: int) -> None:
        def both(session: ClientSession) -> None:
            last = database["counters"].find_one_and_update(
                {"_id": "all"},
                {"$inc": {"position": 1}},
                session=session,
                return_document=ReturnDocument.AFTER,
            )
            database["events"].insert_one({"_id": last["position"], **_document(stream, seq)}, session=session)

        with client.start_session() as session:
            session.with_transaction(both, read_concern=ReadConcern("snapshot"), write_concern=DURABLE)

    return write


def bare(client: MongoClient[Any]) -> Write:
    """Inserts without position, without unique keys, without anything but durability."""
    client.drop_database("bench_bare")
    events = client["bench_bare"].get_collection("events", write_concern=DURABLE)
    return lambda stream, seq: events.insert_one(_document(stream, seq))


def run(place: Place, tick: Tick) -> list[Row]:
    place.client.drop_database(log_database("bench_append"))
    log = MongoEventLog(place.client, "bench_append", 1)
    contestants: dict[str, Write] = {
        "log": lambda stream, seq: log.append(commit(stream, seq)),
        "counter": counter(place.client),
        "bare": bare(place.client),
    }
    rows = []
    for writers in (16, 64):
        rounds = {
            name: lambda write=write, writers=writers: hammer(writers, SECONDS, write)  # type: ignore[misc]
            for name, write in contestants.items()
        }
        found = take_turns(rounds, lambda name, writers=writers: tick(f"{name}, {writers} writers"))  # type: ignore[misc]
        what = f"append, {writers} writers"
        rows += [
            Row("B1", what, "commits/s", found["log"], "counter in a transaction", found["counter"], 10),
            Row(
                "B1", what, "commits/s", found["log"], "bare insert_one", found["bare"], 2.5 if writers == 64 else None
            ),
        ]
    log.close()
    return rows


def run_green(place: Place, tick: Tick) -> list[Row]:
    """The same in a process under eventlet, as services run."""
    rounds = {kind: lambda kind=kind: _spread(place, 1, 1, kind) for kind in ("log", "counter", "bare")}  # type: ignore[misc]
    found = take_turns(rounds, lambda name: tick(f"{name}, green"))
    what = "append, 64 writers, green threads"
    return [
        Row("B1", what, "commits/s", found["log"], "counter in a transaction", found["counter"]),
        Row("B1", what, "commits/s", found["log"], "bare insert_one", found["bare"]),
    ]


def run_processes(place: Place, tick: Tick) -> list[Row]:
    """64 writers spread over processes, and logs of one and of four partitions: how far each scales."""
    rounds = {}
    for partitions in (1, 4):
        for processes in (1, 2, 4):
            name = f"{processes} process{'es' if processes > 1 else ''}, {partitions} partition{'s' * (partitions > 1)}"
            rounds[name] = lambda p=processes, n=partitions: _spread(place, p, n)  # type: ignore[misc]
    found = take_turns(rounds, tick)
    first, *others = found
    rows = [Row("B1", f"64 writers, {first}", "commits/s", found[first])]
    return rows + [Row("B1", f"64 writers, {name}", "commits/s", found[name], first, found[first]) for name in others]


def _spread(place: Place, processes: int, partitions: int, kind: str = "log") -> float:
    service = f"bench_spread_{partitions}"
    arguments = (kind, service, partitions, 64 // processes, SECONDS)
    module = "tests.benchmarks.child_append"
    with ExitStack() as stack:
        children = [
            stack.enter_context(Contestant(module, *arguments, log=place.log, **place.environment()))
            for _ in range(processes)
        ]
        for child in children:
            child.ready()
        for child in children:
            child.go()
        return sum(child.answer() for child in children)
