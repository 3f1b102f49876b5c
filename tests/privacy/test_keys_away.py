"""A service whose key registry is away, with the real log, views and keys, and nothing in memory."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from services.programs.service import TABLE
from shared.application.application import Application, Context
from shared.eventlog.mongo import MongoEventLog, connect
from shared.kernel.clock import SystemClock
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data
from shared.kernel.ids import new_id
from shared.privacy.keys import MongoKeys
from shared.privacy.registry import Registry
from shared.privacy.sealing import Sealer
from shared.privacy.wrapping import KeyFile
from shared.testing.scenario import person
from shared.views.inbox import Inbox
from shared.views.reader import ViewReader
from shared.views.store import ViewStore

ADA = person("ada", admin_of="soap")
NEW = {"group_id": "soap", "template_id": "skill-development", "title": "Soap"}
NOBODY_THERE = "mongodb://127.0.0.1:9/?replicaSet=rs0"


class Programs:
    """The service as a process has it right after its start; `registry` is where its keys are."""

    def __init__(self, client: MongoClient[Any], registry: MongoClient[Any], key_file: Path) -> None:
        self.log = MongoEventLog(client, "programs", 1)
        self.log.prepare()
        keys = MongoKeys(Registry(registry, "programs"), KeyFile(key_file, "programs"))
        store = ViewStore(client, "programs")
        self.app = Application(TABLE, self.log, Sealer(keys), ViewReader(client, "programs", store), SystemClock())
        self.inbox = Inbox(store, TABLE.views, lambda _event: None, SystemClock())

    def do(self, command: str, data: Data) -> Data:
        id = new_id()
        return self.app.execute(command, data, Context(ADA, id, id)).answer

    def ask(self, query: str, params: Data) -> Data:
        return self.app.ask(query, params, Context(ADA, new_id(), new_id()))

    def project(self) -> None:
        for commit in self.log.feed(0, self.inbox.watermark("programs", 0), 100):
            self.inbox.apply("programs", 0, list(commit.events))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_text(base64.b64encode(os.urandom(32)).decode())
    file.chmod(0o600)
    return file


@pytest.fixture
def away() -> Iterator[MongoClient[Any]]:
    with connect(NOBODY_THERE, serverSelectionTimeoutMS=100) as made:
        yield made


def test_nothing_is_written_and_what_needs_no_key_is_read_while_the_keys_are_away(
    client: MongoClient[Any], away: MongoClient[Any], key_file: Path
) -> None:
    """SE-19: a write is a 503 and appends nothing, what is sealed is a 503 and not "removed", the rest answers."""
    before = Programs(client, client, key_file)
    program = {"program_id": before.do("create_program", NEW)["program_id"]}
    before.project()
    head, after = before.log.head(0), Programs(client, away, key_file)

    for command, data in (("create_program", NEW), ("create_program", {**NEW, "title": "Lye"})):
        with pytest.raises(Unavailable) as refusal:
            after.do(command, data)
        assert refusal.value.as_problem()["status"] == 503
    with pytest.raises(Unavailable):
        after.ask("program", program)

    assert (after.log.head(0), before.log.head(0)) == (head, head)
    assert after.ask("templates", {})["items"]
    after.do("open_program", program)  # it seals nothing
    assert Programs(client, client, key_file).ask("program", program)["title"] == "Soap"
