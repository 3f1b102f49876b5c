"""PR-06: an old copy of a key registry, put back, revives nobody."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from shared.application.table import Table
from shared.contracts.catalogue import EVENTS, VALIDATORS
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.events import Event, NewCommit, StoredEvent
from shared.privacy.endings import end_keys, tombstones
from shared.privacy.keys import KeyDestroyed, MemoryKeys
from shared.privacy.registry import Registry
from shared.runtime.accounts import keys_user
from shared.runtime.backbone import Backbone
from shared.runtime.local.store import LocalStore
from shared.runtime.settings import Settings

PAIR, CASE = "p1\x1fmay", "c1"
COLLECTIONS = ("keys", "tombstones")


@pytest.fixture
def settings(own_store: LocalStore, tmp_path: Path) -> Settings:
    key = tmp_path / "key"
    key.write_text(base64.b64encode(os.urandom(32)).decode())
    key.chmod(0o600)
    return Settings.from_environment(
        "programs",
        {
            "AMQP_URL": "amqp://programs:long-enough-9@127.0.0.1:1/mentorship",
            "MONGO_URL": own_store.url_for("programs"),
            "KEYS_MONGO_URL": own_store.url_for(keys_user("programs")),
            "KEY_ENCRYPTION_KEY_FILE": str(key),
        },
    )


def started(settings: Settings) -> Backbone:
    backbone = Backbone(Table("programs", {}, {}, {}), settings)
    backbone.prepare()
    return backbone


@pytest.mark.parametrize("lost", [COLLECTIONS, ("keys",)])
def test_a_service_destroys_again_what_an_old_registry_revives(
    client: MongoClient[Any], settings: Settings, lost: tuple[str, ...]
) -> None:
    """PR-06: at its start, before it serves; with the tombstones of the backup or those of today."""
    service = started(settings)
    for key_id in (PAIR, CASE, "p1\x1ftom"):
        service.keys.for_sealing(key_id)
    backup = {name: list(client["programs_keys"][name].find()) for name in lost}
    service.keys.destroy_owner("may")
    service.keys.destroy_space("c1")
    service.stop()
    for name, documents in backup.items():
        client["programs_keys"][name].delete_many({})
        if documents:
            client["programs_keys"][name].insert_many(documents)
    again = started(settings)
    for key_id in (PAIR, CASE, "p9\x1fmay"):
        assert again.keys.for_opening(key_id) is None
        with pytest.raises(KeyDestroyed):
            again.keys.for_sealing(key_id)
    assert again.keys.for_opening("p1\x1ftom")
    again.stop()


def test_what_only_the_registry_knows_is_noted_at_the_start(client: MongoClient[Any], settings: Settings) -> None:
    """PR-06: what retention destroyed, and erasures from before there was a record, are enforced from then on."""
    Registry(client, "programs").bury(["may", "c1\x1f"])
    started(settings).stop()
    assert {found["_id"] for found in client["programs"]["forgotten"].find()} == {"may", "c1\x1f"}


def test_the_logs_tell_what_is_to_be_destroyed(client: MongoClient[Any]) -> None:
    """PR-06: `mentorship keys enforce` needs nothing but the logs: of the gateway's erasures, and a service's own."""
    registry = Registry(client, "trust_safety")
    for key_id in ("case\x1fmay", "case\x1ftom", "report"):
        registry.make(key_id, b"wrapped", "kek")
    logs = {"gateway": MemoryEventLog("gateway"), "matching": MemoryEventLog("matching")}
    event = StoredEvent("e", "PersonErased", 1, {"person_id": "may"})
    logs["gateway"].append(NewCommit("rights-may", 0, (event,), "c", "c", None, "may", "", None))
    assert list(tombstones(logs, "trust_safety")) == ["may"]
    assert registry.bury(tombstones(logs, "trust_safety")) == 1
    assert registry.bury(tombstones(logs, "trust_safety")) == 0
    assert [bool(found and found.usable) for found in map(registry.find, ("case\x1fmay", "case\x1ftom"))] == [
        False,
        True,
    ]


def test_an_event_type_says_whose_keys_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """EV-09, PR-06: a person's in all spaces, or all in the spaces it names; events that end nothing, nothing."""
    keys = MemoryKeys()
    ids = ("p1\x1fmay", "r1", "r2\x1fmay", "r3\x1ftom")
    for key_id in ids:
        keys.for_sealing(key_id)

    def happens(name: str, data: dict[str, Any]) -> list[bool]:
        service, _, kind = name.partition(".")
        end_keys(Event("e", kind, 1, data, service, 0, 1, 0, 1, "s", 1, "", "x", "c", None), keys)
        return [keys.for_opening(key_id) is not None for key_id in ids]

    assert happens("gateway.PersonExported", {"person_id": "may"}) == [True] * 4
    assert happens("trust_safety.EvidenceDestroyed", {"case_id": "c", "report_ids": ["r1", "r2"]}) == [
        True,
        False,
        False,
        True,
    ]
    assert happens("gateway.PersonErased", {"person_id": "may"}) == [False, False, False, True]


def test_every_ending_names_a_field_that_is_there() -> None:
    """PR-06: a misspelt name would end nothing."""
    for name, schema in EVENTS.items():
        for field in (schema.ends_person, schema.ends_space):
            assert field is None or VALIDATORS[name].fields[field].required, name
