"""PR-05: another key-encryption key, and nothing that was sealed changes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import Any

import bson
import pytest
from pymongo import MongoClient

from shared.eventlog.mongo import MongoEventLog
from shared.eventlog.place import log_database
from shared.kernel.events import NewCommit, StoredEvent
from shared.privacy.keys import MongoKeys
from shared.privacy.registry import FIRST, Registry
from shared.privacy.rotation import Rotated, rotate
from shared.privacy.sealing import Sealer, reference
from shared.privacy.wrapping import KeyWrapper, LocalKey
from shared.runtime.accounts import ADMIN
from shared.runtime.local.store import LocalStore

OLD, NEW = LocalKey(b"o" * 32), LocalKey(b"n" * 32)
NAME = "conversations.PostShared"


def keys(client: MongoClient[Any], *wrappers: KeyWrapper) -> MongoKeys:
    return MongoKeys(Registry(client, "t"), lambda: wrappers)


def make(client: MongoClient[Any], count: int) -> dict[str, bytes]:
    made = {f"p{number}\x1fmay": os.urandom(32) for number in range(count)}
    client["t_keys"]["keys"].insert_many(
        {"_id": id, "owner": "may", "wrapped": OLD.wrap(key, id.encode()), "kek": OLD.id} for id, key in made.items()
    )
    return made


def opened(client: MongoClient[Any], known: dict[str, bytes], *wrappers: KeyWrapper) -> bool:
    fresh = keys(client, *wrappers)
    return all(fresh.for_opening(key_id) == key for key_id, key in known.items())


def test_events_stay_byte_identical(client: MongoClient[Any]) -> None:
    """PR-05: the log has the same hash before and after, and all of it opens with the new key alone."""
    log, sealer = MongoEventLog(client, "t", 1), Sealer(keys(client, OLD))
    for number in range(5):
        data = {"pair_id": f"p{number}", "by": "may", "post_id": "x", "step_id": "s", "text": f"words {number}"}
        event = StoredEvent(f"e{number}", "PostShared", 1, sealer.seal_event(NAME, f"e{number}", data))
        log.append(NewCommit(f"s{number}", 0, (event,), f"c{number}", "c", None, "may", "", None))

    def digest() -> str:
        found = client[log_database("t")]["log_0"].find().sort("_id", 1)
        return hashlib.sha256(b"".join(bson.encode(commit) for commit in found)).hexdigest()

    before = digest()
    assert rotate(Registry(client, "t"), lambda: [NEW, OLD]) == Rotated(5, 0)
    assert digest() == before
    reader = Sealer(keys(client, NEW))
    for commit in log.feed(0):
        event = commit.events[0]
        event = type(event)(**{**{name: getattr(event, name) for name in event.__slots__}, "service": "conversations"})
        assert reader.open(reference(event, "text")) == f"words {event.data['pair_id'][1:]}"
    log.close()


def test_rotating_again_does_nothing(client: MongoClient[Any]) -> None:
    """Idempotent, and the counts say which key-encryption key may go."""
    known, registry = make(client, 7), Registry(client, "t")
    assert registry.counts() == {("active", OLD.id): 7}
    assert rotate(registry, lambda: [NEW, OLD]).rewrapped == 7
    assert rotate(registry, lambda: [NEW]) == Rotated(0, 0)
    assert registry.counts() == {("active", NEW.id): 7}
    assert opened(client, known, NEW)


def test_keys_from_before_wrappers_had_names_belong_to_the_first_there_was(client: MongoClient[Any]) -> None:
    """The last line of the key file opens documents without the id of a key-encryption key."""
    known, registry = make(client, 3), Registry(client, "t")
    client["t_keys"]["keys"].update_many({}, {"$unset": {"kek": ""}})
    assert registry.counts() == {("active", FIRST): 3}
    assert opened(client, known, NEW, OLD)
    assert rotate(registry, lambda: [NEW, OLD]) == Rotated(3, 0)
    assert opened(client, known, NEW)


def test_destroyed_keys_do_not_come_back(client: MongoClient[Any]) -> None:
    """PR-06: neither one destroyed before, nor one destroyed while it is wrapped anew; what rests goes on resting."""
    known, registry = make(client, 4), Registry(client, "t")
    registry.destroy_space("p0")
    registry.soft_destroy_space("p1", "2026-05-01T12:00:00.000Z")

    class Late(LocalKey):
        def wrap(self, plain: bytes, context: bytes) -> bytes:
            registry.destroy_space("p2")
            return super().wrap(plain, context)

    assert rotate(registry, lambda: [Late(b"n" * 32), OLD]).left == 0
    fresh = keys(client, NEW)
    assert [fresh.for_opening(key_id) for key_id in known] == [None, None, None, known["p3\x1fmay"]]
    registry.restore_space("p1")
    assert fresh.for_opening("p1\x1fmay") == known["p1\x1fmay"]


def test_without_the_old_line_nothing_is_lost(client: MongoClient[Any]) -> None:
    """A run that lacks it says how many keys it left, and leaves them."""
    known = make(client, 3)
    assert rotate(Registry(client, "t"), lambda: [NEW]) == Rotated(0, 3)
    assert opened(client, known, OLD)


def test_it_runs_beside_a_service_that_makes_keys(client: MongoClient[Any]) -> None:
    """What is made meanwhile under the old key is found before the run says that it is done."""
    known, service = make(client, 3), keys(client, OLD)

    def meanwhile(_count: int) -> None:
        if len(known) < 5:
            key_id = f"a{len(known)}\x1ftom"
            known[key_id] = service.for_sealing(key_id)

    rotate(Registry(client, "t"), lambda: [NEW, OLD], meanwhile)
    assert len(known) == 5
    assert opened(client, known, NEW)


_VICTIM = """
import os, signal, sys
from shared.eventlog.mongo import connect
from shared.privacy.registry import Registry
from shared.privacy.rotation import rotate
from shared.privacy.wrapping import LocalKey
client = connect(sys.argv[1])
rotate(Registry(client, "t"), lambda: [LocalKey(b"n" * 32), LocalKey(b"o" * 32)],
       lambda _count: os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.mark.real
def test_killed_midway_nothing_is_lost(client: MongoClient[Any], own_store: LocalStore) -> None:
    """Every key opens after kill -9 among the batches, and the next run finishes the work."""
    known, registry = make(client, 250), Registry(client, "t")
    killed = subprocess.run([sys.executable, "-c", _VICTIM, own_store.url_for(ADMIN)], check=False, timeout=110)
    assert killed.returncode == -9
    counts = registry.counts()
    assert 0 < counts["active", NEW.id] < 250
    assert opened(client, known, NEW, OLD)
    assert rotate(registry, lambda: [NEW, OLD]).rewrapped == counts["active", OLD.id]
    assert opened(client, known, NEW)
