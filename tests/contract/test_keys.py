"""One contract for keys, and what sealing promises on top of it."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

from shared.eventlog.mongo import connect
from shared.kernel.errors import Unavailable
from shared.kernel.events import Event
from shared.privacy.keys import KeyDestroyed, Keys, MemoryKeys, MongoKeys
from shared.privacy.registry import Found, Registry
from shared.privacy.sealing import REMOVED, Sealer, Tampered, reference
from shared.privacy.wrapping import KeyFile, LocalKey, UnfitKeyFile, WrongKey, read_key_file

NAME = "conversations.PostShared"
NOON = "2026-05-01T12:00:00.000Z"


@pytest.fixture
def client(mongo_url: str) -> Iterator[MongoClient[Any]]:
    made = connect(mongo_url)
    made.drop_database("contract_keys")
    yield made
    made.drop_database("contract_keys")
    made.close()


def mongo_keys(client: MongoClient[Any], secret: bytes = b"k" * 32, **more: Any) -> MongoKeys:
    return MongoKeys(Registry(client, "contract"), lambda: [LocalKey(secret)], **more)


@pytest.fixture(params=["memory", "mongo"])
def keys(request: pytest.FixtureRequest) -> Keys:
    """Both adapters."""
    return MemoryKeys() if request.param == "memory" else mongo_keys(request.getfixturevalue("client"))


def event(keys: Keys, text: Any = "hello", by: str = "may", event_id: str = "e1", pair: str = "p1") -> Event:
    data = {"pair_id": pair, "by": by, "post_id": "x", "step_id": "s", "text": text}
    sealed = Sealer(keys).seal_event(NAME, event_id, data)
    return Event(event_id, "PostShared", 1, sealed, "conversations", 0, 1, 0, 1, "s", 1, "", by, "c", None)


def read(keys: Keys, made: Event) -> Any:
    return Sealer(keys).open(reference(made, "text"))


def test_what_is_sealed_opens_again_and_shows_nothing(keys: Keys) -> None:
    """The plaintext is nowhere in the event."""
    made = event(keys, "a secret word")
    assert "secret" not in str(made.data)
    assert read(keys, made) == "a secret word"


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
    assert read(keys, mine) == REMOVED
    assert read(keys, yours) == "hello"
    for pair in ("p1", "p2"):
        with pytest.raises(KeyDestroyed):
            event(keys, pair=pair)
    assert keys.destroy_owner("may") == 0
    assert keys.account("may") == (1, 0)
    assert keys.account("tom") == (0, 1)


def test_a_person_with_a_slash_in_their_name_is_forgotten_whole(keys: Keys) -> None:
    """PR-06, PR-11: an issuer may put any sign into `sub`; erasing `realm/may` destroys theirs and nothing of `may`."""
    theirs, mays = event(keys, by="realm/may"), event(keys, by="may")
    assert keys.destroy_owner("realm/may") == 1
    assert read(keys, theirs) == REMOVED
    assert read(keys, mays) == "hello"
    with pytest.raises(KeyDestroyed):
        event(keys, by="realm/may", pair="p2")


def test_a_destroyed_space_is_closed_for_everybody(keys: Keys) -> None:
    """EV-09, PR-06: the space's own key and all in it go for good, for whoever comes later too; no other is touched."""
    mine, yours, elsewhere = event(keys), event(keys, by="tom"), event(keys, pair="p10")
    keys.for_sealing("p1")
    assert keys.destroy_space("p1") == 3
    assert [read(keys, made) for made in (mine, yours, elsewhere)] == [REMOVED, REMOVED, "hello"]
    for by in ("may", "somebody new"):
        with pytest.raises(KeyDestroyed):
            event(keys, by=by)
    with pytest.raises(KeyDestroyed):
        keys.for_sealing("p1")
    assert event(keys, pair="p2")
    assert keys.destroy_space("p1") == 0


def test_a_soft_destroyed_space_can_be_restored(keys: Keys) -> None:
    """PR-14: nobody seals or opens with it, also who never did before; restored it is as it was; nothing twice."""
    mine, elsewhere = event(keys), event(keys, pair="p2")
    assert keys.soft_destroy_space("p1", NOON) == 1
    assert keys.soft_destroy_space("p1", NOON) == 0
    assert [read(keys, mine), read(keys, elsewhere)] == [REMOVED, "hello"]
    assert keys.account("may") == (0, 2)
    for by in ("may", "tom"):
        with pytest.raises(KeyDestroyed):
            event(keys, by=by)
    assert keys.restore_space("p1") == 1
    assert keys.restore_space("p1") == 0
    assert read(keys, mine) == "hello"
    assert read(keys, event(keys, by="tom")) == "hello"


def test_what_is_destroyed_for_good_cannot_be_restored(keys: Keys) -> None:
    """PR-06: neither a space, nor a person's key in a space that only rests."""
    mine, yours = event(keys), event(keys, by="tom")
    keys.soft_destroy_space("p1", NOON)
    assert keys.destroy_owner("may") == 1
    assert keys.restore_space("p1") == 1
    assert [read(keys, mine), read(keys, yours)] == [REMOVED, "hello"]
    assert keys.destroy_space("p1") == 1
    assert keys.restore_space("p1") == 0
    assert keys.soft_destroy_space("p1", NOON) == 0
    assert keys.restore_space("p1") == 0
    assert read(keys, yours) == REMOVED


def test_a_key_is_for_one_person_in_one_pair(keys: Keys) -> None:
    """Nobody's key opens two pairs."""
    ids = {(reference(event(keys, by=by, pair=pair), "text") or {})["key"] for by in "ab" for pair in ("p1", "p2")}
    assert len(ids) == 4
    assert len({keys.for_sealing(key_id) for key_id in ids}) == 4


def test_two_workers_agree_on_a_key(client: MongoClient[Any]) -> None:
    """The first to need a key makes it; the other finds it, also after a restart with the same key file."""
    one, other = mongo_keys(client), mongo_keys(client)
    assert one.for_sealing("p\x1fx") == other.for_sealing("p\x1fx")
    assert b"k" * 32 not in str(client["contract_keys"]["keys"].find_one()).encode()
    with pytest.raises(ValueError, match="put the right file back"):
        mongo_keys(client, b"w" * 32).for_opening("p\x1fx")


@pytest.mark.parametrize("end", ["destroy_owner", "destroy_space"])
def test_every_worker_forgets_a_destroyed_key(client: MongoClient[Any], end: str) -> None:
    """I16: a key that another worker destroyed is used no more, though this one had it in memory."""
    one, other = (mongo_keys(client, cached_for=0.05) for _ in range(2))
    one.for_sealing("p\x1fx")
    getattr(other, end)("x" if end == "destroy_owner" else "p")
    time.sleep(0.06)
    assert one.for_opening("p\x1fx") is None
    with pytest.raises(KeyDestroyed):
        one.for_sealing("p\x1fx")


@pytest.mark.parametrize("end", ["destroy_owner", "destroy_space"])
def test_who_is_forgotten_while_a_key_is_made_has_no_key(client: MongoClient[Any], end: str) -> None:
    """PR-06: the erasure finds no key yet, and the one that comes just after it is destroyed as well."""

    class Slow(Registry):
        def make(self, key_id: str, wrapped: bytes, kek: str) -> Found | None:
            getattr(other, end)("x" if end == "destroy_owner" else "p")
            return super().make(key_id, wrapped, kek)

    other = mongo_keys(client)
    with pytest.raises(KeyDestroyed):
        MongoKeys(Slow(client, "contract"), lambda: [LocalKey(b"k" * 32)]).for_sealing("p\x1fx")
    assert other.for_opening("p\x1fx") is None


def test_keys_that_cannot_be_reached_are_unavailable() -> None:
    """Away for a moment is no failure of the event or command at hand: nothing is parked for it (BR-06)."""
    away = connect("mongodb://127.0.0.1:9", serverSelectionTimeoutMS=50)
    keys = mongo_keys(away)
    for asking in (keys.for_sealing, keys.for_opening, keys.destroy_owner, keys.destroy_space, keys.account):
        with pytest.raises(Unavailable):
            asking("p\x1fx")
    away.close()


@given(st.text(max_size=200))
@settings(max_examples=50, deadline=None)
def test_any_text_survives_sealing(text: str) -> None:
    """Whatever people write comes back as they wrote it."""
    keys = MemoryKeys()
    if any("\ud800" <= char <= "\udfff" for char in text):
        return
    assert read(keys, event(keys, text)) == text


def key_line() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines))
    path.chmod(0o600)
    return path


def test_each_service_has_a_key_of_its_own(tmp_path: Path) -> None:
    """EV-01: from one key file every service gets another key-encryption key; an unfit file says what to do."""
    path = written(tmp_path / "key", key_line())
    assert read_key_file(path, "conversations") != read_key_file(path, "trust_safety")
    for bad in ("short", "", f"{key_line()}\n{'A' * 43}="):
        with pytest.raises(UnfitKeyFile, match="32"):
            read_key_file(written(path, bad), "conversations")


def test_a_wrapped_key_opens_with_its_wrapper_and_in_its_place_alone() -> None:
    """PR-03: whoever swaps two wrapped keys in the registry gets none; the id of a wrapper tells nothing of its key."""
    one, other = LocalKey(b"1" * 32), LocalKey(b"2" * 32)
    wrapped = one.wrap(b"plain", b"p1")
    assert one.unwrap(wrapped, b"p1") == b"plain"
    assert one.id == LocalKey(b"1" * 32).id != other.id
    for wrapper, context in ((other, b"p1"), (one, b"p2")):
        with pytest.raises(WrongKey):
            wrapper.unwrap(wrapped, context)


def test_a_line_that_is_added_reaches_a_running_process(tmp_path: Path) -> None:
    """PR-05: the first line wraps from then on, each line unwraps; an unfit file changes nothing that runs."""
    old, new = key_line(), key_line()
    wrappers = KeyFile(written(tmp_path / "key", old), "programs")
    first = wrappers()[0]
    written(tmp_path / "key", new, old)
    assert [each.id for each in wrappers()][1] == first.id
    written(tmp_path / "key", "nonsense")
    assert len(wrappers()) == 2
    (tmp_path / "key").unlink()
    assert len(wrappers()) == 2


def test_of_a_destroyed_key_no_bytes_are_left(client: MongoClient[Any]) -> None:
    """PR-06: neither an old key file nor the right one makes anything of it."""
    keys = mongo_keys(client)
    for key_id in ("p1\x1fmay", "p2\x1fmay", "p2\x1ftom"):
        keys.for_sealing(key_id)
    keys.destroy_owner("may")
    keys.destroy_space("p2")
    for document in client["contract_keys"]["keys"].find():
        assert set(document) == {"_id", "owner", "kek", "destroyed"}
