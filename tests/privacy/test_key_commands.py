"""`mentorship keys` and `mentorship retention`, run where a service is, with the accounts that are there."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from shared.cli import main
from shared.contracts.catalogue import SERVICES
from shared.eventlog.mongo import MongoEventLog
from shared.kernel.clock import to_text
from shared.kernel.events import NewCommit, StoredEvent
from shared.privacy.keys import MongoKeys
from shared.privacy.registry import Registry
from shared.privacy.wrapping import KeyFile
from shared.runtime.accounts import OPERATOR, keys_user
from shared.runtime.local.diagnosis import check_keys, diagnose
from shared.runtime.local.instance import Instance
from shared.runtime.local.store import LocalStore

KEY = "p1\x1fmay"


def line() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def key_file(own_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "key"
    file.write_text(line())
    file.chmod(0o600)
    for name in [name for name in os.environ if name.endswith(("MONGO_URL", "AMQP_URL"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MONGO_URL", own_store.url_for("conversations"))
    monkeypatch.setenv("OPERATOR_MONGO_URL", own_store.url_for(OPERATOR))
    for service in SERVICES:
        monkeypatch.setenv(f"{service.upper()}_KEYS_MONGO_URL", own_store.url_for(keys_user(service)))
    monkeypatch.setenv("AMQP_URL", "amqp://conversations:long-enough-9@127.0.0.1:1/mentorship")
    monkeypatch.setenv("KEY_ENCRYPTION_KEY_FILE", str(file))
    return file


@pytest.fixture
def keys(client: MongoClient[Any], key_file: Path) -> MongoKeys:
    return MongoKeys(Registry(client, "conversations"), KeyFile(key_file, "conversations"), cached_for=0)


def said(capsys: pytest.CaptureFixture[str], tmp_path: Path, *arguments: str, status: int = 0) -> str:
    assert main([*arguments, "--data", str(tmp_path / "none")]) == status
    out, err = capsys.readouterr()
    return str(err if status else out)


def test_a_key_file_is_replaced(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, key_file: Path, keys: MongoKeys
) -> None:
    """PR-05: add a line, rotate, see that nothing needs the old one, take it out; a running service notices nothing."""
    plain, old = keys.for_sealing(KEY), key_file.read_text()
    new = line()
    key_file.write_text(f"{new}\n{old}")
    assert "1 keys wrapped anew" in said(capsys, tmp_path, "keys", "rotate", "--service", "conversations")
    assert keys.for_opening(KEY) == plain
    assert "0 keys wrapped anew" in said(capsys, tmp_path, "keys", "rotate", "--service", "conversations")
    key_file.write_text(new)
    assert keys.for_opening(KEY) == plain
    newest = KeyFile(key_file, "conversations")()[0].id
    status = said(capsys, tmp_path, "keys", "status")
    assert f"active                  1  wrapped by {newest}" in status
    assert "matching: no keys yet" in status
    key_file.write_text(line())
    assert "put the line back" in said(capsys, tmp_path, "keys", "rotate", "--service", "conversations", status=1)


def test_a_restored_registry_is_made_right(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, client: MongoClient[Any], keys: MongoKeys
) -> None:
    """PR-06: also under a running service, by one command."""
    log = MongoEventLog(client, "gateway", 1)
    event = StoredEvent("e", "PersonErased", 1, {"person_id": "may"})
    log.append(NewCommit("rights-may", 0, (event,), "c", "c", None, "may", "", None))
    log.close()
    keys.for_sealing(KEY)
    assert "conversations: 1 keys destroyed" in said(capsys, tmp_path, "keys", "enforce")
    assert keys.for_opening(KEY) is None


def test_what_rests_is_restored(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, client: MongoClient[Any], keys: MongoKeys
) -> None:
    """PR-14: a dry run does nothing and says what a run then does; an operator takes it back."""
    plain = keys.for_sealing(KEY)
    ended = to_text(datetime.now(UTC) - timedelta(days=366))
    client["matching"]["view1_pairs"].insert_one(
        {"_id": "p1", "mentor_id": "may", "mentee_id": "tom", "ended_at": ended}
    )
    dry = said(capsys, tmp_path, "retention", "run", "--dry-run")
    assert keys.for_opening(KEY) == plain
    assert dry.replace("would ", "").split() == said(capsys, tmp_path, "retention", "run").split()
    assert "may" not in dry
    assert "p1" not in dry
    assert keys.for_opening(KEY) is None
    assert "1 keys are active again" in said(capsys, tmp_path, "keys", "restore", "conversations", "p1")
    assert keys.for_opening(KEY) == plain
    assert said(capsys, tmp_path, "retention", "run") == "Nothing is due.\n"
    assert "soft-destroyed" in said(capsys, tmp_path, "keys", "restore", "conversations", "p1", status=1)


def test_the_doctor_looks_at_the_key_registries(
    own_store: LocalStore, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SE-19: a registry that is away, or keeps its service out, is a fault of its own, whatever the store says."""
    assert key_file.exists()
    assert check_keys(Instance(tmp_path, os.environ)) == f"the registries of {len(SERVICES)} services answer"
    for wrong in (own_store.url_for("matching"), "mongodb://matching_keys:long-enough-9@127.0.0.1:1/?replicaSet=rs0"):
        monkeypatch.setenv("MATCHING_KEYS_MONGO_URL", wrong)
        found = {one.subject: one for one in diagnose(Instance(tmp_path, os.environ))}
        assert (found["store"].well, found["keys"].well) == (True, False)
        assert found["keys"].sentence.startswith("The key registry of matching does not answer us")
