"""A private store with every account that `mentorship up` makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.eventlog.mongo import connect
from shared.runtime.local.store import LocalStore
from tests.support.servers import guarded_store


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    with guarded_store(tmp_path_factory.mktemp("guarded")) as store:
        yield store


@pytest.fixture
def client_of(guarded: LocalStore) -> Iterator[Callable[[str], Any]]:
    """A client with the account of a service, of its key registry, of the operator or of the admin."""
    made = []

    def client(user: str) -> Any:
        made.append(connect(guarded.url_for(user)))
        return made[-1]

    yield client
    for one in made:
        one.close()
