"""One partition of the log in MongoDB: every statement that the store is ever sent about it.

Whatever goes wrong with the store is LogUnavailable here, without the driver's message: that may quote events.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import pymongo
from bson import CodecOptions, Int64
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database
from pymongo.errors import BulkWriteError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from shared.eventlog.chain import FIELD, Link, document
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
    """How many commits, from the first on, are durable, where the log ends then, and the key that stopped the next one.

    `stopped_by` is () when nothing did, and ("?",) when it was no unique key.
    """

    count: int
    end: Link
    stopped_by: tuple[str, ...] = ()


class LogCollection:
    """The collection `log_<p>`: `_id` is the position. `patience` is the seconds that the store has to answer.

    `genesis` is what its chain begins with.
    """

    def __init__(self, database: Database[Document], partition: int, patience: float, genesis: bytes) -> None:
        self._patience = patience
        self.genesis = genesis
        self._durable = database.get_collection(
            f"log_{partition}",
            write_concern=DURABLE,
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )
        self._local = self._durable.with_options(read_concern=ReadConcern("local"))
        self._raw = self._durable.with_options(codec_options=CodecOptions(RawBSONDocument))

    def prepare(self) -> None:
        """The unique keys that everything rests on; where they are there already, a reader's rights are enough."""
        with answering(self._patience):
            if not {"stream_1_seq_1", "command_id_1"} <= self._durable.index_information().keys():
                self._durable.create_index([("stream", 1), ("seq", 1)], unique=True)
                self._durable.create_index("command_id", unique=True)

    def insert(self, end: Link, commits: Sequence[bytes]) -> Inserted:
        """Insert encoded commits in order at the positions past `end`, up to the first that is refused.

        Raises LogUnavailable when it is not known how many are durable.
        """
        links = list(accumulate(commits, Link.to, initial=end))
        documents = [RawBSONDocument(document(link, commit)) for link, commit in zip(links[1:], commits, strict=True)]
        with answering(self._patience):
            try:
                self._durable.insert_many(documents, ordered=True)
            except BulkWriteError as error:
                count, stopped_by = _stopped(error)
                return Inserted(count, links[count], stopped_by)
        return Inserted(len(commits), links[-1])

    def head(self) -> int:
        """The last durable position."""
        return self.end().position

    def end(self) -> Link:
        """The last durable commit, which others may have written after already.

        Never one that is not durable yet: it might be lost, and with it the link that the next would be chained to.
        """
        with answering(self._patience):
            last = self._durable.find_one({"_id": {"$gt": 0}}, {"_id": 1, FIELD: 1}, sort=[("_id", -1)])
        return Link(int(last["_id"]), last.get(FIELD, self.genesis)) if last else Link(0, self.genesis)

    def raw(self, start: int | None, limit: int) -> list[bytes]:
        """Durable documents byte for byte as they are stored, and all that are there though they are no commits.

        From the position `start` on, itself included, or from the very beginning where it is None.
        """
        found = self._raw.find().sort("_id", 1).limit(limit)
        if start is not None:
            # Unlike a condition, a bound of the index leaves out nothing that is no number.
            found = found.min([("_id", Int64(start))]).hint([("_id", 1)])
        with answering(self._patience):
            return [bytes(one.raw) for one in found]

    def after(self, position: int, limit: int) -> list[Document]:
        """Up to `limit` durable commits past `position`, in order."""
        with answering(self._patience):
            return list(self._durable.find({"_id": {"$gt": Int64(position)}}).sort("_id", 1).limit(limit))

    def stream(self, stream: str, after_seq: int) -> list[Document]:
        """The durable commits of one stream, in order."""
        with answering(self._patience):
            return list(self._durable.find({"stream": stream, "seq": {"$gt": after_seq}}).sort("seq", 1))

    def position_of(self, stream: str, seq: int) -> int | None:
        """Where in the log a durable commit of a stream is; None where it is not."""
        with answering(self._patience):
            found = self._durable.find_one({"stream": stream, "seq": seq}, {"_id": 1})
        return found["_id"] if found else None

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


def _stopped(error: BulkWriteError) -> tuple[int, tuple[str, ...]]:
    details: Mapping[str, Any] = error.details or {}
    if details.get("writeConcernErrors") or not details.get("writeErrors"):
        raise error
    refusal = details["writeErrors"][0]
    key = tuple(refusal.get("keyPattern", ())) if refusal["code"] == _DUPLICATE_KEY else ()
    return details["nInserted"], key or ("?",)
