"""The stores these tests run on: one that is only used, and one that may be hung, broken and killed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.eventlog.mongo import connect
from shared.eventlog.place import log_database
from shared.kernel.ids import new_id
from tests.support.mongod import Mongod, private_mongod, shared_url


@pytest.fixture(scope="session")
def mongo_url() -> str:
    return shared_url()


@pytest.fixture(scope="session")
def mongod() -> Iterator[Mongod]:
    with private_mongod() as mongod:
        yield mongod


@pytest.fixture
def service(mongo_url: str) -> Iterator[str]:
    """The name of a service, and so of a database, of one's own."""
    name = f"test_{new_id()}"
    yield name
    with connect(mongo_url) as client:
        client.drop_database(name)
        client.drop_database(log_database(name))
