"""One contract for keys, and what sealing promises on top of it."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.eventlog.mongo import connect
from shared.kernel.errors import Unavailable
from shared.kernel.events import Event
from shared.privacy.keys import KeyDestroyed, Keys, MemoryKeys, MongoKeys, read_master
from shared.privacy.sealing import REMOVED, Sealer, Tampered, reference

NAME = "conversations.PostShared"


@pytest.fixture(params=["memory", "mongo"])
def keys(request: pytest.FixtureRequest) -> Iterator[Keys]:
    """Both adapters."""
    if request.param == "memory":
        yield MemoryKeys()
        return
    client = connect(request.getfixturevalue("mongo_url"))
    client.drop_database("contract_keys")
    yield MongoKeys(client, "contract", b"k" * 32)
    client.drop_database("contract_keys")
    client.close()


def event(keys: Keys, text: Any = "hello", by: str = "may", event_id: str = "e1", pair: str = "p1") -> Event:
    data = {"pair_id": pair, "by": by, "post_id": "x", "step_id": "s", "text": text}
    sealed = Sealer(keys).seal_event(NAME, event_id, data)
    return Event(event_id, "PostShared", 1, sealed, "conversations", 0, 1, 0, 1, "s", 1, "", by, "c", None)


def test_what_is_sealed_opens_again_and_shows_nothing(keys: Keys) -> None:
    """The plaintext is nowhere in the event."""
    made = event(keys, "a secret word")
    assert "secret" not in str(made.data)
    assert Sealer(keys).open(reference(made, "text")) == "a secret word"


def test_a_moved_ciphertext_does_not_open(keys: Keys) -> None:
    """PR-03: bound to its event, its field and its key."""
    event(keys, by="tom")
    found = reference(event(keys), "text")
    assert found is not None
    for change in (
        {"event": "e2"},
        {"field": "note"},
        {"key": "p1\x1ftom"},
        {"sealed": found["sealed"][:-8] + "AAAAAAA="},
    ):
        with pytest.raises(Tampered):
            Sealer(keys).open({**found, **change})


def test_a_destroyed_key_opens_nothing_and_comes_never_back(keys: Keys) -> None:
    """PR-06, PR-08: a tombstone refuses every later seal, in every space, and others stay readable (PR-11)."""
    mine, yours = event(keys), event(keys, by="tom")
    assert keys.destroy_owner("may") == 1
    assert Sealer(keys).open(reference(mine, "text")) == REMOVED
    assert Sealer(keys).open(reference(yours, "text")) == "hello"
    for pair in ("p1", "p2"):
        with pytest.raises(KeyDestroyed):
            event(keys, pair=pair)
    assert keys.destroy_owner("may") == 0


def test_a_person_with_a_slash_in_their_name_is_forgotten_whole(keys: Keys) -> None:
    """PR-06, PR-11: an issuer may put any sign into `sub`; erasing `realm/may` destroys theirs and nothing of `may`."""
    theirs, mays = event(keys, by="realm/may"), event(keys, by="may")
    assert keys.destroy_owner("realm/may") == 1
    assert Sealer(keys).open(reference(theirs, "text")) == REMOVED
    assert Sealer(keys).open(reference(mays, "text")) == "hello"
    with pytest.raises(KeyDestroyed):
        event(keys, by="realm/may", pair="p2")


def test_a_key_is_for_one_person_in_one_pair(keys: Keys) -> None:
    """Nobody's key opens two pairs."""
    ids = {(reference(event(keys, by=by, pair=pair), "text") or {})["key"] for by in "ab" for pair in ("p1", "p2")}
    assert len(ids) == 4
    assert len({keys.for_sealing(key_id) for key_id in ids}) == 4


def test_two_workers_agree_on_a_key(mongo_url: str) -> None:
    """The first to need a key makes it; the other finds it, also after a restart with the same key file."""
    client = connect(mongo_url)
    client.drop_database("contract_keys")
    one, other = MongoKeys(client, "contract", b"k" * 32), MongoKeys(client, "contract", b"k" * 32)
    assert one.for_sealing("p\x1fx") == other.for_sealing("p\x1fx")
    assert b"k" * 32 not in str(client["contract_keys"]["keys"].find_one()).encode()
    with pytest.raises(ValueError, match="put the right file back"):
        MongoKeys(client, "contract", b"w" * 32).for_opening("p\x1fx")
    client.drop_database("contract_keys")
    client.close()


def test_every_worker_forgets_a_destroyed_key(mongo_url: str) -> None:
    """I16: a key that another worker destroyed is used no more, though this one had it in memory."""
    client = connect(mongo_url)
    client.drop_database("contract_keys")
    one, other = (MongoKeys(client, "contract", b"k" * 32, cached_for=0.05) for _ in range(2))
    one.for_sealing("p\x1fx")
    other.destroy_owner("x")
    time.sleep(0.06)
    assert one.for_opening("p\x1fx") is None
    with pytest.raises(KeyDestroyed):
        one.for_sealing("p\x1fx")
    client.drop_database("contract_keys")
    client.close()


def test_who_is_forgotten_while_a_key_is_made_has_no_key(mongo_url: str) -> None:
    """PR-06: the erasure finds no key yet, and the one that comes just after it is destroyed as well."""

    class Slow(MongoKeys):
        def _found_or_made(self, key_id: str, owner: str) -> dict[str, Any] | None:
            other.destroy_owner(owner)
            return super()._found_or_made(key_id, owner)

    client = connect(mongo_url)
    client.drop_database("contract_keys")
    other = MongoKeys(client, "contract", b"k" * 32)
    with pytest.raises(KeyDestroyed):
        Slow(client, "contract", b"k" * 32).for_sealing("p\x1fx")
    assert other.for_opening("p\x1fx") is None
    client.drop_database("contract_keys")
    client.close()


def test_keys_that_cannot_be_reached_are_unavailable(mongo_url: str) -> None:
    """Away for a moment is no failure of the event or command at hand: nothing is parked for it (BR-06)."""
    client = connect(mongo_url)
    keys = MongoKeys(client, "contract", b"k" * 32)
    away = connect("mongodb://127.0.0.1:9", serverSelectionTimeoutMS=50)
    keys._keys, keys._tombstones = (away["contract_keys"][name] for name in ("keys", "tombstones"))
    for asking in (keys.for_sealing, keys.for_opening, keys.destroy_owner):
        with pytest.raises(Unavailable):
            asking("p\x1fx")
    away.close()
    client.close()


@given(st.text(max_size=200))
@settings(max_examples=50, deadline=None)
def test_any_text_survives_sealing(text: str) -> None:
    """Whatever people write comes back as they wrote it."""
    keys = MemoryKeys()
    if any("\ud800" <= char <= "\udfff" for char in text):
        return
    assert Sealer(keys).open(reference(event(keys, text), "text")) == text


def test_each_service_has_a_key_of_its_own(tmp_path: Path) -> None:
    """From one key file every service gets another key-encryption key; an unfit file says what to do."""
    path = tmp_path / "key"
    path.write_text(base64.b64encode(bytes(range(32))).decode())
    assert read_master(path, "conversations") != read_master(path, "trust_safety")
    path.write_text("short")
    with pytest.raises(ValueError, match="32"):
        read_master(path, "conversations")
