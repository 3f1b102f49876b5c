"""What must stay destroyed, kept in the service's own database, apart from its keys.

So a key registry that is restored from a backup older than an erasure is made right before it is used (PR-06). Where
the database is older as well, its watermarks are too, and the erasures come over the bus once more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pymongo import MongoClient, WriteConcern
from pymongo.errors import DuplicateKeyError

from shared.privacy.registry import Registry, pages, reaching_the_store

_PAGE = 500


class Record:
    """Tombstones by id, see `Registry`. Everything raises Unavailable where the store is away."""

    def __init__(self, client: MongoClient[dict[str, Any]], service: str) -> None:
        self._forgotten = client.get_database(service, write_concern=WriteConcern(w="majority", j=True))["forgotten"]

    def add(self, tombstone: str) -> None:
        with reaching_the_store(), contextlib.suppress(DuplicateKeyError):
            self._forgotten.insert_one({"_id": tombstone})

    def __iter__(self) -> Iterator[str]:
        with reaching_the_store():
            for found in self._forgotten.find({}, {"_id": 1}):
                yield found["_id"]

    def enforce(self, registry: Registry) -> int:
        """Bury again what the registry forgot, and note what only the registry knows. Answers how many keys went."""
        gone = registry.bury(self)
        for page in pages(registry.buried(), _PAGE):
            with reaching_the_store():
                known = {found["_id"] for found in self._forgotten.find({"_id": {"$in": page}})}
            for tombstone in set(page) - known:
                self.add(tombstone)
        return gone
