"""A lease: of several workers of a service, one at a time does a thing. An optimisation only: every leased work is safe
to do twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pymongo import MongoClient, ReturnDocument, WriteConcern
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.kernel.clock import SystemClock
from shared.kernel.ids import new_id

_CLOCKS_APART = timedelta(seconds=60)
"""Clocks of machines that work together differ by less."""


class Lease:
    """`held()` takes or renews the lease called `name` for `seconds` of the machine's own time, never a shifted one.

    A lease that ends later than any could was taken by a clock that was wrong: it is free.
    """

    def __init__(self, client: MongoClient[dict[str, Any]], service: str, name: str, seconds: float = 10) -> None:
        self._leases = client.get_database(service, write_concern=WriteConcern(w="majority", j=True))["leases"]
        self._name = name
        self._seconds = seconds
        self._me = new_id()
        self._clock = SystemClock()

    def held(self) -> bool:
        now = self._clock.now()
        until = now + timedelta(seconds=self._seconds)
        free = [{"owner": self._me}, {"until": {"$lt": now}}, {"until": {"$gt": until + _CLOCKS_APART}}]
        try:
            found = self._leases.find_one_and_update(
                {"_id": self._name, "$or": free},
                {"$set": {"owner": self._me, "until": until}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except (DuplicateKeyError, PyMongoError):
            return False
        return found is not None and found["owner"] == self._me

    def release(self) -> None:
        """Let the next worker have it at once."""
        try:
            self._leases.delete_one({"_id": self._name, "owner": self._me})
        except PyMongoError:
            return


class Checkpoints:
    """Where the relay stands, per partition; moved only after the broker confirmed everything up to it."""

    def __init__(self, client: MongoClient[dict[str, Any]], service: str) -> None:
        self._checkpoints = client.get_database(service, write_concern=WriteConcern(w="majority", j=True))[
            "checkpoints"
        ]

    def load(self, partition: int) -> int:
        found = self._checkpoints.find_one({"_id": f"relay.{partition}"})
        return int(found["position"]) if found else 0

    def save(self, partition: int, position: int) -> None:
        self._checkpoints.update_one({"_id": f"relay.{partition}"}, {"$max": {"position": position}}, upsert=True)
