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


@pytest.fixture(scope="session")
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    with servers.guarded_store(tmp_path_factory.mktemp("privacy-store")) as store:
        yield store


@pytest.fixture
def client(own_store: LocalStore) -> Iterator[MongoClient[Any]]:
    """Of the administrator, on an empty store."""
    with connect(own_store.url_for(ADMIN)) as made:
        servers.wipe(made)
        yield made
