"""`mentorship matching replay`, run where matching is, with the accounts that are there."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from shared.cli import main
from shared.privacy.keys import MongoKeys
from shared.privacy.registry import Registry
from shared.privacy.wrapping import KeyFile
from shared.runtime.accounts import keys_user
from shared.runtime.local.store import LocalStore
from shared.views.store import ViewStore
from tests.services.matching.soap import recommended, soap_makers


@pytest.fixture
def keys(own_store: LocalStore, client: MongoClient[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MongoKeys:
    """Matching's, in a store; and the settings that matching has."""
    file = tmp_path / "key"
    file.write_text(base64.b64encode(os.urandom(32)).decode())
    file.chmod(0o600)
    for name in [name for name in os.environ if name.endswith(("MONGO_URL", "AMQP_URL"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MONGO_URL", own_store.url_for("matching"))
    monkeypatch.setenv("KEYS_MONGO_URL", own_store.url_for(keys_user("matching")))
    monkeypatch.setenv("AMQP_URL", "amqp://matching:long-enough-9@127.0.0.1:1/mentorship")
    monkeypatch.setenv("KEY_ENCRYPTION_KEY_FILE", str(file))
    return MongoKeys(Registry(client, "matching"), KeyFile(file, "matching"))


def test_an_operator_replays_a_run(
    keys: MongoKeys,
    client: MongoClient[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """P-09: one sentence; status 1 where it is not the same answer, or there is no such run."""
    monkeypatch.setattr("shared.testing.scenario.MemoryKeys", lambda: keys)
    story = soap_makers()
    run_id = recommended(story)["run_id"]
    store = ViewStore(client, "matching")
    for view in ("rosters", "signups", "answers", "runs"):
        rows = [{**document, "_id": id} for id, document in story.views.documents[view].items()]
        client["matching"][store.name_of(view)].insert_many(rows)
    command = ["matching", "replay", "--program", "p1", "--data", str(tmp_path / "none")]
    assert main([*command, run_id]) == 0
    assert capsys.readouterr().out == "The same answer came out again: 3 pairs.\n"
    assert main([*command, "none"]) == 1
    assert capsys.readouterr().err == "mentorship: There is no such run of recommendations in this program.\n"
