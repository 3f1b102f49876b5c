"""A store of its own, because these tests empty the databases of services by name; two logs with a story in them.

The commands run as the operator, whose account reads logs and writes none.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.contracts.catalogue import SOURCES
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.runtime.accounts import ADMIN, OPERATOR
from shared.runtime.local.store import LocalStore
from tests.analytics.story import Story
from tests.support import servers


@pytest.fixture(scope="session")
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    with servers.guarded_store(tmp_path_factory.mktemp("analytics-store")) as store:
        yield store


@pytest.fixture
def own_store_url(own_store: LocalStore) -> str:
    return own_store.url_for(OPERATOR)


@pytest.fixture
def client(own_store: LocalStore) -> Iterator[object]:
    with connect(own_store.url_for(ADMIN)) as client:
        for name in SOURCES:
            client.drop_database(name)
            client.drop_database(log_database(name))
        yield client


@pytest.fixture
def story(client) -> Iterator[Story]:
    logs = {name: MongoEventLog(client, name, 2, patience=10) for name in ("matching", "conversations")}
    yield Story(logs)
    for log in logs.values():
        log.close()


@pytest.fixture
def mentorship(own_store_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs the command with an operator's environment: `(exit status, what it printed)`."""
    from shared.cli import main

    monkeypatch.setenv("MONGO_URL", own_store_url)

    def run(*arguments: object) -> tuple[int, str]:
        status = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run
