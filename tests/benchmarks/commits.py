"""Commits of about the size of a sealed message, and logs filled with them without waiting for each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from bson import Int64
from pymongo import IndexModel, MongoClient, WriteConcern

from shared.eventlog.documents import Document
from shared.eventlog.mongo import MongoEventLog
from shared.eventlog.place import log_database
from shared.kernel.events import NewCommit, StoredEvent
from shared.kernel.ids import new_id

STREAMS = 2000
_AT = "2026-01-01T00:00:00.000Z"

Data = Callable[[int], tuple[str, dict[str, Any]]]
"""From a running number to an event's type and data."""


def happened(number: int) -> tuple[str, dict[str, Any]]:
    return "ProgramOpened", {"program_id": f"program-{number}", "text": "x" * 220, "numbers": [1, 2, 3]}


def commit(stream: str, expected_seq: int, number: int = 0, data: Data = happened, **more: Any) -> NewCommit:
    kind, content = data(number)
    command = new_id()
    event = StoredEvent(new_id(), kind, 1, {**content, **more})
    return NewCommit(stream, expected_seq, (event,), command, command, None, "ada", _AT)


def fill(client: MongoClient[Document], service: str, partitions: int, count: int, data: Data = happened) -> None:
    """A fresh log with `count` commits, evenly over the partitions: what appends would have left."""
    client.drop_database(service)
    client.drop_database(log_database(service))
    for partition in range(partitions):
        logs = client[log_database(service)].get_collection(
            f"log_{partition}", write_concern=WriteConcern(w=1, j=False)
        )
        made = _documents(partition, count // partitions, data)
        while page := list(itertools.islice(made, 5000)):
            logs.insert_many(page, ordered=False)
        index_log(client, service, partition)
    log = MongoEventLog(client, service, partitions)
    log.prepare()
    log.close()


def index_log(client: MongoClient[Document], service: str, partition: int) -> None:
    """As the log makes them, only all at once: much sooner done than document by document."""
    client[log_database(service)][f"log_{partition}"].create_indexes(
        [IndexModel([("stream", 1), ("seq", 1)], unique=True), IndexModel("command_id", unique=True)]
    )


def _documents(partition: int, count: int, data: Data) -> Iterator[Document]:
    for number in range(count):
        new = commit(f"stream-{partition}-{number % STREAMS}", number // STREAMS, number, data)
        [event] = new.events
        yield {
            "_id": Int64(number + 1),
            "stream": new.stream,
            "seq": new.expected_seq + 1,
            "events": [{"id": event.id, "type": event.type, "v": event.version, "data": event.data}],
            "command_id": new.command_id,
            "correlation_id": new.correlation_id,
            "causation_id": None,
            "actor": new.actor,
            "recorded_at": new.recorded_at,
            "fingerprint": None,
        }
