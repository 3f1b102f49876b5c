"""A store of its own, because backups are of the databases of services by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from shared.eventlog.mongo import connect
from shared.runtime.accounts import ADMIN
from shared.runtime.local.store import LocalStore
from tests.support import servers

_KEPT = {"admin", "config", "local"}


@pytest.fixture(scope="session")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    store = servers.make_guarded_store(tmp_path_factory.mktemp("operated-store"))
    store.start()
    yield store
    store.stop()
    store.remove()


def wipe(client: MongoClient[Any]) -> None:
    for name in set(client.list_database_names()) - _KEPT:
        client.drop_database(name)


@pytest.fixture
def client(operated: LocalStore) -> Iterator[MongoClient[Any]]:
    """Of the administrator, on an empty store."""
    with connect(operated.url_for(ADMIN)) as made:
        wipe(made)
        yield made
