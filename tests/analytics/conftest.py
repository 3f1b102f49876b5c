"""A store with the logs of two services, their databases empty before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.contracts.catalogue import SOURCES
from shared.eventlog.mongo import MongoEventLog, connect
from tests.support.people import Story


@pytest.fixture
def client(mongo_url: str) -> Iterator[object]:
    with connect(mongo_url) as client:
        _empty(client)
        yield client
        _empty(client)


@pytest.fixture
def story(client) -> Iterator[Story]:
    logs = {name: MongoEventLog(client, name, 2) for name in ("matching", "conversations")}
    yield Story(logs)
    for log in logs.values():
        log.close()


def _empty(client) -> None:
    for name in SOURCES:
        client.drop_database(name)
