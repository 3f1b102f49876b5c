"""The logs of all services, read by an operator straight from the store. An operator has no access to keys."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from shared.contracts.catalogue import SOURCES
from shared.contracts.upcasters import UPCASTERS
from shared.eventlog import EventLog
from shared.eventlog.collection import answering
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.kernel.events import Event
from shared.runtime.faults import Fault

Logs: TypeAlias = Mapping[str, EventLog]
"""By the name of the service."""

Place: TypeAlias = tuple[str, int]
"""A service and a partition of its log."""

_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Source:
    """The store and the logs that are in it. `client` goes to `shared.views`, which knows what to do with it."""

    client: Any
    logs: Mapping[str, MongoEventLog]


@contextlib.contextmanager
def opened(url: str, service: str | None = None) -> Iterator[Source]:
    """The logs of every service, or of one. Writes nothing. Raises Fault, LogUnavailable."""
    if service is not None and service not in SOURCES:
        raise Fault(f"There is no service {service}: choose one of {', '.join(SOURCES)}.")
    client = connect(url)
    try:
        logs: dict[str, MongoEventLog] = {}
        for name in (service,) if service else SOURCES:
            if partitions := _partitions(client, name):
                logs[name] = MongoEventLog(client, name, partitions, UPCASTERS, patience=_PATIENCE)
        if not logs:
            raise Fault("There is no event log in this store yet: start the system first, or look at MONGO_URL.")
        yield Source(client, logs)
    finally:
        client.close()


def _partitions(client: Any, service: str) -> int:
    """How many partitions a log was made with; 0 where there is none."""
    with answering(_PATIENCE):
        found = client[log_database(service)]["meta"].find_one({"_id": "log"})
    return int(found["partitions"]) if found else 0


def places(logs: Logs) -> list[Place]:
    return [(service, partition) for service, log in logs.items() for partition in range(log.partitions)]


def heads(logs: Logs) -> dict[Place, int]:
    """The last durable position of every partition."""
    return {(service, partition): logs[service].head(partition) for service, partition in places(logs)}


def in_order(event: Event) -> tuple[str, str, int, int, int]:
    """One order for events of several logs: by time, and within a partition by position."""
    return event.recorded_at, event.service, event.partition, event.position, event.index
