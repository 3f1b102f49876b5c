"""The key registry of one service in MongoDB: wrapped keys and their states. It needs no key-encryption key.

`keys`: `{_id: key id, owner, wrapped, kek}`, with `soft_destroyed: true` while nobody may use it; destroyed for good it
has `destroyed: true` and no `wrapped`. `tombstones`: `{_id: owner, or space and SCOPE_ENDS}` with `destroyed: true`,
`soft_destroyed_at` or `kept_until`. Nothing is ever removed, so its account needs no right to.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bson import Binary
from pymongo import MongoClient, ReturnDocument, UpdateOne, WriteConcern
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern

from shared.contracts.base import SCOPE_ENDS
from shared.kernel.errors import Unavailable

FIRST = "the first"
"""Stands for the key-encryption key of documents from before they named theirs."""
_PAGE = 200
_GONE = {"$unset": {"wrapped": "", "soft_destroyed": ""}, "$set": {"destroyed": True}}


@dataclass(frozen=True, slots=True)
class Found:
    """A key as it is stored. `wrapped` is None where it is destroyed; `usable` says whether it may be used."""

    wrapped: bytes | None
    kek: str | None
    usable: bool


@dataclass(frozen=True, slots=True)
class Rested:
    """What the registry knows of a space whose keys are not just active."""

    destroyed: bool
    soft_destroyed_at: str | None
    kept_until: str | None


def owner_of(key_id: str) -> str:
    """Whose key it is. Ids of people may hold slashes, so none stands between scope and owner."""
    return key_id.rpartition(SCOPE_ENDS)[2]


def in_space(key_id: str, space: str) -> bool:
    return key_id.partition(SCOPE_ENDS)[0] == space


class Registry:
    """The keys of one service by id. Everything raises Unavailable where the store is away."""

    def __init__(self, client: MongoClient[dict[str, Any]], service: str) -> None:
        writing, reading = WriteConcern(w="majority", j=True), ReadConcern("majority")  # never seal with what may go
        database = client.get_database(f"{service}_keys", write_concern=writing, read_concern=reading)
        self._keys = database["keys"]
        self._tombstones = database["tombstones"]

    def prepare(self) -> None:
        with reaching_the_store():
            self._keys.create_index("owner")

    def find(self, key_id: str) -> Found | None:
        with reaching_the_store():
            return _found(self._keys.find_one({"_id": key_id}))

    def make(self, key_id: str, wrapped: bytes, kek: str) -> Found | None:
        """The key that is stored afterwards: somebody else may have made it first."""
        fresh = {"$setOnInsert": {"owner": owner_of(key_id), "wrapped": wrapped, "kek": kek}}

        def make() -> Found | None:
            after = ReturnDocument.AFTER
            return _found(self._keys.find_one_and_update({"_id": key_id}, fresh, upsert=True, return_document=after))

        with reaching_the_store():
            try:
                return make()
            except DuplicateKeyError:  # somebody was faster: now it is there
                return make()

    def is_ended(self, key_id: str) -> bool:
        """Whether its owner or its space is: then the key is as well, should it have been made in the meantime."""
        owner, space = owner_of(key_id), key_id.partition(SCOPE_ENDS)[0]
        with reaching_the_store():
            stones = list(self._tombstones.find({"_id": {"$in": [owner, space + SCOPE_ENDS]}}))
            if any(stone.get("destroyed") for stone in stones):
                self._destroy({"_id": key_id})
                return True
            if any(stone.get("soft_destroyed_at") for stone in stones):
                self._keys.update_one({"_id": key_id, **_USABLE}, {"$set": {"soft_destroyed": True}})
                return True
        return False

    def destroy_owner(self, owner: str) -> int:
        """See `shared.privacy.keys.Keys`."""
        return self.bury([owner])

    def destroy_space(self, space: str) -> int:
        """See `shared.privacy.keys.Keys`."""
        return self.bury([space + SCOPE_ENDS])

    def bury(self, tombstones: Iterable[str]) -> int:
        """Destroy every key under these tombstones, which stay. Answers how many keys went; again changes nothing."""
        gone = 0
        for page in pages(tombstones, _PAGE):
            stone = {"$set": {"destroyed": True}, "$unset": {"soft_destroyed_at": "", "kept_until": ""}}
            with reaching_the_store():
                known = self._tombstones.find({"_id": {"$in": page}, "destroyed": True}, {"_id": 1})
                fresh = set(page) - {found["_id"] for found in known}
                if fresh:
                    self._tombstones.bulk_write([UpdateOne({"_id": id}, stone, upsert=True) for id in fresh])
                spaces = [id[:-1] for id in page if id.endswith(SCOPE_ENDS)]
                owners = [id for id in page if not id.endswith(SCOPE_ENDS)]
                gone += self._destroy({"owner": {"$in": owners}}) if owners else 0
                gone += self._destroy(_of_space(*spaces)) if spaces else 0
        return gone

    def buried(self) -> Iterator[str]:
        """Every tombstone of what is destroyed for good."""
        with reaching_the_store():
            for found in self._tombstones.find({"destroyed": True}, {"_id": 1}):
                yield found["_id"]

    def soft_destroy_space(self, space: str, at: str) -> int:
        """See `shared.privacy.keys.Keys`."""
        with reaching_the_store():
            stone = {
                "_id": space + SCOPE_ENDS,
                "destroyed": {"$exists": False},
                "soft_destroyed_at": {"$exists": False},
            }
            with contextlib.suppress(DuplicateKeyError):  # it is destroyed, or rests since earlier
                self._tombstones.update_one(stone, {"$set": {"soft_destroyed_at": at}}, upsert=True)
            which = {**_of_space(space), **_USABLE}
            return self._keys.update_many(which, {"$set": {"soft_destroyed": True}}).modified_count

    def restore_space(self, space: str, kept_until: str | None = None) -> int:
        """See `shared.privacy.keys.Keys`."""
        with reaching_the_store():
            which = {**_of_space(space), "wrapped": {"$exists": True}, "soft_destroyed": True}
            back = self._keys.update_many(which, {"$unset": {"soft_destroyed": ""}}).modified_count
            self._tombstones.update_one(
                {"_id": space + SCOPE_ENDS, "destroyed": {"$exists": False}},
                {"$unset": {"soft_destroyed_at": ""}, **({"$set": {"kept_until": kept_until}} if kept_until else {})},
            )
        return back

    def rested(self, spaces: Sequence[str]) -> dict[str, Rested]:
        """Of these spaces, what is known of those that are or were not just active."""
        with reaching_the_store():
            found = self._tombstones.find({"_id": {"$in": [space + SCOPE_ENDS for space in spaces]}})
            return {stone["_id"][:-1]: _rested(stone) for stone in found}

    def account(self, owner: str) -> tuple[int, int]:
        """How many keys of an owner are destroyed for good, and how many are not."""
        with reaching_the_store():
            states = Counter("wrapped" in found for found in self._keys.find({"owner": owner}, {"wrapped": 1}))
        return states[False], states[True]

    def counts(self) -> dict[tuple[str, str], int]:
        """How many keys there are by state and id of the key-encryption key."""
        soft = {"$cond": ["$soft_destroyed", "soft-destroyed", "active"]}
        state = {"$cond": ["$destroyed", "destroyed", soft]}
        with reaching_the_store():
            groups = self._keys.aggregate(
                [{"$group": {"_id": {"state": state, "kek": {"$ifNull": ["$kek", FIRST]}}, "count": {"$sum": 1}}}]
            )
            return {(each["_id"]["state"], each["_id"]["kek"]): int(each["count"]) for each in groups}

    def not_wrapped_by(self, kek: str) -> Iterator[tuple[str, Found]]:
        """Every key that another key-encryption key wrapped, in the order of ids."""
        with reaching_the_store():
            for document in self._keys.find({"wrapped": {"$exists": True}, "kek": {"$ne": kek}}).sort("_id", 1):
                if found := _found(document):
                    yield document["_id"], found

    def rewrap(self, changes: Sequence[tuple[str, bytes, bytes]], kek: str) -> int:
        """`(key id, wrapped until now, wrapped anew)`. What was destroyed or wrapped anew meanwhile stays as it is."""
        with reaching_the_store():
            return self._keys.bulk_write(
                [
                    UpdateOne({"_id": id, "wrapped": Binary(before)}, {"$set": {"wrapped": after, "kek": kek}})
                    for id, before, after in changes
                ],
                ordered=False,
            ).modified_count

    def _destroy(self, which: dict[str, Any]) -> int:
        return self._keys.update_many({**which, "wrapped": {"$exists": True}}, _GONE).modified_count


_USABLE = {"wrapped": {"$exists": True}, "soft_destroyed": {"$exists": False}}


def _of_space(*spaces: str) -> dict[str, Any]:
    after = chr(ord(SCOPE_ENDS) + 1)
    inside = [{"_id": {"$gte": space + SCOPE_ENDS, "$lt": space + after}} for space in spaces]
    return {"$or": [{"_id": {"$in": spaces}}, *inside]}


def _found(document: dict[str, Any] | None) -> Found | None:
    if document is None:
        return None
    wrapped = document.get("wrapped")
    return Found(wrapped, document.get("kek"), wrapped is not None and not document.get("soft_destroyed"))


def _rested(stone: dict[str, Any]) -> Rested:
    return Rested(bool(stone.get("destroyed")), stone.get("soft_destroyed_at"), stone.get("kept_until"))


def pages(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    source = iter(items)
    while page := list(islice(source, size)):
        yield page


@contextlib.contextmanager
def reaching_the_store() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise Unavailable from error
