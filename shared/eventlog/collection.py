"""One partition of the log in MongoDB: every statement that the store is ever sent about it.

Whatever goes wrong with the store is LogUnavailable here, without the driver's message: that may quote events.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pymongo
from bson import Int64
from pymongo.database import Database
from pymongo.errors import BulkWriteError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from shared.eventlog.documents import Document
from shared.eventlog.port import LogUnavailable

DURABLE = WriteConcern(w="majority", j=True)
_DUPLICATE_KEY = 11000


@contextlib.contextmanager
def answering(within: float) -> Iterator[None]:
    """Bounds everything inside to `within` seconds. Raises LogUnavailable for any failure of the store."""
    try:
        with pymongo.timeout(within):
            yield
    except PyMongoError as error:
        raise LogUnavailable(f"The event store did not answer as it should ({type(error).__name__}).") from None


@dataclass(frozen=True, slots=True)
class Inserted:
    """How many documents, from the first on, are durable, and the key that stopped the next one.

    `stopped_by` is () when nothing did, and ("?",) when it was no unique key.
    """

    count: int
    stopped_by: tuple[str, ...] = ()


class LogCollection:
    """The collection `log_<p>`: `_id` is the position. `patience` is the seconds that the store has to answer."""

    def __init__(self, database: Database[Document], partition: int, patience: float) -> None:
        self._patience = patience
        self._durable = database.get_collection(
            f"log_{partition}",
            write_concern=DURABLE,
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )
        self._local = self._durable.with_options(read_concern=ReadConcern("local"))

    def prepare(self) -> None:
        """The unique keys that everything rests on; nothing happens where they are there already."""
        with answering(self._patience):
            self._durable.create_index([("stream", 1), ("seq", 1)], unique=True)
            self._durable.create_index("command_id", unique=True)

    def insert(self, first: int, documents: Sequence[Document]) -> Inserted:
        """Insert in order at the positions from `first` on, up to the first that is refused.

        Raises LogUnavailable when it is not known how many are durable.
        """
        placed = [{"_id": Int64(first + i), **document} for i, document in enumerate(documents)]
        with answering(self._patience):
            try:
                self._durable.insert_many(placed, ordered=True)
            except BulkWriteError as error:
                return _inserted(error)
        return Inserted(len(placed))

    def head(self) -> int:
        """The last durable position."""
        return self._last(durable=True)

    def end(self) -> int:
        """The last position that is taken, durable or not: the place to write after.

        What is written after it is lost whenever it is lost, so no hole can come of that.
        """
        return self._last(durable=False)

    def _last(self, *, durable: bool) -> int:
        with answering(self._patience):
            source = self._durable if durable else self._local
            last = source.find_one({}, {"_id": 1}, sort=[("_id", -1)])
        return int(last["_id"]) if last else 0

    def after(self, position: int, limit: int) -> list[Document]:
        """Up to `limit` durable commits past `position`, in order."""
        with answering(self._patience):
            return list(self._durable.find({"_id": {"$gt": Int64(position)}}).sort("_id", 1).limit(limit))

    def stream(self, stream: str, after_seq: int) -> list[Document]:
        """The durable commits of one stream, in order."""
        with answering(self._patience):
            return list(self._durable.find({"stream": stream, "seq": {"$gt": after_seq}}).sort("seq", 1))

    def present(self, keys: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Those of the (stream, seq) that are durable in the log."""
        either = [{"stream": stream, "seq": seq} for stream, seq in keys]
        with answering(self._patience):
            found = self._durable.find({"$or": either}, {"_id": 0, "stream": 1, "seq": 1})
            return [(document["stream"], document["seq"]) for document in found]

    def by_command(self, command_ids: Iterable[str]) -> dict[str, Document]:
        """Command id → the durable commit it made."""
        with answering(self._patience):
            found = self._durable.find({"command_id": {"$in": list(command_ids)}})
            return {document["command_id"]: document for document in found}

    def taken(self, command_ids: Iterable[str]) -> set[str]:
        """Those of the commands that are written, durable or not yet."""
        with answering(self._patience):
            found = self._local.find({"command_id": {"$in": list(command_ids)}}, {"_id": 0, "command_id": 1})
            return {document["command_id"] for document in found}


def _inserted(error: BulkWriteError) -> Inserted:
    details: Mapping[str, Any] = error.details or {}
    if details.get("writeConcernErrors") or not details.get("writeErrors"):
        raise error
    refusal = details["writeErrors"][0]
    key = tuple(refusal.get("keyPattern", ())) if refusal["code"] == _DUPLICATE_KEY else ()
    return Inserted(details["nInserted"], key or ("?",))
