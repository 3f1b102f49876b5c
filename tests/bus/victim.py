"""Processes of their own that tests kill or patch. Run as `python -m tests.bus.victim <role> … [--eventlet]`."""

from __future__ import annotations

import sys

if "--eventlet" in sys.argv:
    import eventlet

    eventlet.monkey_patch()

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from shared.bus.consumer import Consumer
from shared.bus.relay import Relay
from shared.bus.rpc_client import RpcClient, feed_over_rpc
from shared.bus.rpc_server import RpcServer
from shared.bus.topology import CONSUMES
from shared.kernel.events import Event
from tests.bus.doubles import Checkpoint, ListLog, MemorySink, until


class FileSink:
    """A sink in SQLite: events and watermark in one transaction, slow enough to be killed in the middle of it."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("create table if not exists applied (n integer primary key, position, idx)")
        self._db.execute("create table if not exists mark (source primary key, position)")

    def watermark(self, source: str, partition: int) -> int:
        row = self._db.execute("select position from mark where source = ?", (source,)).fetchone()
        return int(row[0]) if row else 0

    def apply(self, source: str, partition: int, events: Sequence[Event]) -> None:
        self._db.execute("begin immediate")
        mark = self.watermark(source, partition)
        for one in events:
            if one.position > mark:
                self._db.execute("insert into applied (position, idx) values (?, ?)", (one.position, one.index))
            time.sleep(0.002)
        self._db.execute("insert or replace into mark values (?, ?)", (source, events[-1].position))
        self._db.execute("commit")

    def park_message(self, queue: str, why: str, body: bytes, properties: dict[str, Any]) -> None:
        raise AssertionError(why)


def no_feed(source: str, partition: int, after: int, limit: int) -> list[Event]:
    return []


def consume(url: str, path: str) -> None:
    """Consume for `matching` into a file until somebody kills this process."""
    Consumer("matching", 0, url, FileSink(path), no_feed, CONSUMES["matching"], batch=30).run()


def both(programs_url: str, matching_url: str) -> None:
    """Everything of the bus in one process: relay, consumer, RPC both ways, a hole repaired over RPC."""
    log, sink, checkpoint = ListLog(), MemorySink(), Checkpoint()
    log.append(2)

    def feed(partition: int, after: int, limit: int) -> Any:
        return {"ok": {"events": [e.envelope() for c in log.feed(partition, after, limit) for e in c.events]}}

    def spawn(task: Any) -> None:
        threading.Thread(target=task, daemon=True).start()

    checkpoint.position = 1  # the first commit never goes over the bus
    client = RpcClient(matching_url)
    workers = [
        RpcServer(programs_url, "programs", {"feed": feed}, spawn),
        Relay(log, 0, programs_url, checkpoint.load, checkpoint.save, log.wait),  # type: ignore[arg-type]
        Consumer("matching", 0, matching_url, sink, feed_over_rpc(client), CONSUMES["matching"], hole_after=0.2),
    ]
    for worker in workers:
        worker.start()
    log.append(500, of=2)
    until(lambda: len(sink.applied) == 1002)
    assert sink.applied == log.events
    until(lambda: checkpoint.position == 502)
    started = time.monotonic()
    for worker in (*workers, client):
        worker.stop()
    assert time.monotonic() - started < 60
    print(json.dumps({"applied": len(sink.applied)}))


def nameko_client(url: str) -> None:
    """A stock nameko client calls our server."""
    from nameko.exceptions import MethodNotFound, RemoteError
    from nameko.standalone.rpc import ClusterRpcProxy

    found: dict[str, Any] = {}
    with ClusterRpcProxy({"AMQP_URI": url}, timeout=40) as cluster:
        found["echo"] = cluster.programs.echo({"a": [1, None]}, word="ü")
        for method in ("fail", "missing"):
            try:
                getattr(cluster.programs, method)()
            except (MethodNotFound, RemoteError) as error:
                found[method] = [type(error).__name__, str(error)]
        found["many"] = [reply.result() for reply in [cluster.programs.echo.call_async(n) for n in range(20)]]
    print(json.dumps(found))


if __name__ == "__main__":
    role, *arguments = (argument for argument in sys.argv[1:] if argument != "--eventlet")
    roles: dict[str, Callable[..., None]] = {"consume": consume, "both": both, "nameko_client": nameko_client}
    roles[role](*arguments)
