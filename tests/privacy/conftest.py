"""A store of its own, with its accounts, because these tests empty the databases of services by name."""

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
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    store = servers.make_guarded_store(tmp_path_factory.mktemp("privacy-store"))
    store.start()
    yield store
    store.stop()
    store.remove()


@pytest.fixture
def client(own_store: LocalStore) -> Iterator[MongoClient[Any]]:
    """Of the administrator, on an empty store."""
    with connect(own_store.url_for(ADMIN)) as made:
        for name in set(made.list_database_names()) - _KEPT:
            made.drop_database(name)
        yield made
