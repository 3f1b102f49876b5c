"""The key registry of one service: a data key per owner, wrapped by the service's key-encryption key.

It lives in a database of its own (`<service>_keys`). A destroyed key leaves a tombstone: nobody can seal for that
owner again, so replay and late events never bring a forgotten person back (PR-06).
"""

from __future__ import annotations

import contextlib
import secrets
import time
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pymongo import MongoClient, ReturnDocument, WriteConcern
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.contracts.base import SCOPE_ENDS
from shared.kernel.errors import Unavailable

_CACHED_KEYS = 10_000
_CACHED_FOR = 30.0
"""Seconds after which a key is looked up again: another worker may have destroyed it in the meantime."""
_KEY_BYTES = 32
_NONCE_BYTES = 12


class KeyDestroyed(Exception):
    """The owner was forgotten: nothing can be sealed for them, and nothing of theirs can be opened."""


def owner_of(key_id: str) -> str:
    """Whose key it is. Ids of people may hold slashes, so none stands between scope and owner."""
    return key_id.rpartition(SCOPE_ENDS)[2]


class Keys(Protocol):
    """Data keys by id. An id is that of its owner, after a scope where the key is for one space only.

    Everything raises Unavailable where the store is away.
    """

    def for_sealing(self, key_id: str) -> bytes:
        """The key, made at first use. Raises KeyDestroyed."""
        ...

    def for_opening(self, key_id: str) -> bytes | None:
        """The key, or None where it was destroyed or never was."""
        ...

    def destroy_owner(self, owner: str) -> int:
        """Destroy every key of an owner, in all scopes, and leave tombstones. Answers how many keys went."""
        ...


def read_master(path: Path, service: str) -> bytes:
    """The service's own key-encryption key, derived from the file (base64 of 32 bytes or more).

    Each service is given only what is derived for it. Raises ValueError with a sentence where the file is unfit.
    """
    try:
        secret = b64decode(path.read_text().strip(), validate=True)
    except (OSError, ValueError) as error:
        raise ValueError(f"KEY_ENCRYPTION_KEY_FILE must name a file with 32 random bytes in base64: {error}") from None
    if len(secret) < _KEY_BYTES:
        raise ValueError("KEY_ENCRYPTION_KEY_FILE holds fewer than 32 bytes; make one with `openssl rand -base64 32`.")
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"mentorship/kek/{service}".encode()).derive(secret)


class MongoKeys:
    """Keys in MongoDB: `{_id: key id, owner, wrapped}`; a tombstone has `destroyed: true` and no `wrapped`."""

    def __init__(
        self, client: MongoClient[dict[str, Any]], service: str, master: bytes, cached_for: float = _CACHED_FOR
    ) -> None:
        database = client.get_database(f"{service}_keys", write_concern=WriteConcern(w="majority", j=True))
        self._keys = database["keys"]
        self._tombstones = database["tombstones"]
        self._keys.create_index("owner")
        self._wrap = AESGCM(master)
        self._cached_for = cached_for
        self._cache: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    def for_sealing(self, key_id: str) -> bytes:
        known = self._cached(key_id)
        if known is not None:
            return known
        owner = owner_of(key_id)
        with _reaching_the_store():
            if self._tombstones.find_one({"_id": owner}):
                raise KeyDestroyed(key_id)
            found = self._found_or_made(key_id, owner)
            if self._tombstones.find_one({"_id": owner}):
                # Forgotten between the two looks: a key made since then was not there to be destroyed.
                self._destroy({"_id": key_id})
                raise KeyDestroyed(key_id)
        if found is None or "wrapped" not in found:
            raise KeyDestroyed(key_id)
        return self._remember(key_id, self._unwrapped(key_id, found["wrapped"]))

    def _found_or_made(self, key_id: str, owner: str) -> dict[str, Any] | None:
        fresh = {"owner": owner, "wrapped": self._wrapped(key_id, secrets.token_bytes(_KEY_BYTES))}
        try:
            return self._keys.find_one_and_update(
                {"_id": key_id}, {"$setOnInsert": fresh}, upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            return self._keys.find_one({"_id": key_id})

    def for_opening(self, key_id: str) -> bytes | None:
        known = self._cached(key_id)
        if known is not None:
            return known
        with _reaching_the_store():
            found = self._keys.find_one({"_id": key_id})
        if found is None or "wrapped" not in found:
            return None
        return self._remember(key_id, self._unwrapped(key_id, found["wrapped"]))

    def destroy_owner(self, owner: str) -> int:
        with _reaching_the_store():
            self._tombstones.update_one({"_id": owner}, {"$setOnInsert": {"destroyed": True}}, upsert=True)
            gone = self._destroy({"owner": owner})
        for key_id in [known for known in self._cache if owner_of(known) == owner]:
            self._cache.pop(key_id, None)
        return gone

    def _destroy(self, which: dict[str, str]) -> int:
        return self._keys.update_many(
            {**which, "wrapped": {"$exists": True}}, {"$unset": {"wrapped": ""}, "$set": {"destroyed": True}}
        ).modified_count

    def _cached(self, key_id: str) -> bytes | None:
        key, until = self._cache.get(key_id, (None, 0.0))
        return key if time.monotonic() < until else None

    def _remember(self, key_id: str, key: bytes) -> bytes:
        self._cache.pop(key_id, None)
        self._cache[key_id] = key, time.monotonic() + self._cached_for
        while len(self._cache) > _CACHED_KEYS:
            self._cache.popitem(last=False)
        return key

    def _wrapped(self, key_id: str, key: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._wrap.encrypt(nonce, key, key_id.encode())

    def _unwrapped(self, key_id: str, wrapped: bytes) -> bytes:
        try:
            return self._wrap.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], key_id.encode())
        except InvalidTag:
            raise ValueError(
                "KEY_ENCRYPTION_KEY_FILE is not what the stored keys were wrapped with: put the right file back."
            ) from None


@contextlib.contextmanager
def _reaching_the_store() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise Unavailable from error


class MemoryKeys:
    """The same contract without a store, for fast tests."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes] = {}
        self._tombstones: set[str] = set()

    def for_sealing(self, key_id: str) -> bytes:
        if owner_of(key_id) in self._tombstones:
            raise KeyDestroyed(key_id)
        return self._keys.setdefault(key_id, secrets.token_bytes(_KEY_BYTES))

    def for_opening(self, key_id: str) -> bytes | None:
        return self._keys.get(key_id)

    def destroy_owner(self, owner: str) -> int:
        self._tombstones.add(owner)
        gone = [key_id for key_id in self._keys if owner_of(key_id) == owner]
        for key_id in gone:
            del self._keys[key_id]
        return len(gone)
