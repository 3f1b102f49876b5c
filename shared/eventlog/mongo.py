"""The event log in MongoDB: a database per service, a collection per partition, a document per commit."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import bson
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError, OperationFailure
from pymongo.read_preferences import ReadPreference

from shared.eventlog import chain
from shared.eventlog.collection import DURABLE, LogCollection, answering
from shared.eventlog.documents import FIELDS, Document, decode, encode, event_ids, to_commit
from shared.eventlog.partition import partition_of
from shared.eventlog.place import log_database
from shared.eventlog.port import LogUnavailable
from shared.eventlog.recent import Recent
from shared.eventlog.sequencer import Sequencer
from shared.eventlog.tail import Tail
from shared.eventlog.upcasting import Upcasters
from shared.kernel.events import Commit, NewCommit
from shared.watch import counts, tracing

_PAGE = 500


class WrongPartitions(RuntimeError):
    """The log was made with another number of partitions, which can never change, or lies where it did at first."""


def connect(url: str, **options: Any) -> MongoClient[Document]:
    """A client that gives up in seconds where the store is away or hangs. Does not touch the network yet."""
    limits = {"connectTimeoutMS": 2_000, "serverSelectionTimeoutMS": 3_000, "socketTimeoutMS": 10_000}
    return MongoClient(url, **{**limits, "appname": "mentorship", **options})


class MongoEventLog:
    """The log of `service`. Making it does not touch the network: `prepare` does, called or on first use.

    `limit` is the seconds that an append may take, `patience` those that the store has for one answer.
    """

    def __init__(
        self,
        client: MongoClient[Document],
        service: str,
        partitions: int,
        upcasters: Upcasters | None = None,
        *,
        limit: float = 10.0,
        patience: float = 3.0,
        poll: float = 0.25,
    ) -> None:
        self.service = service
        self.partitions = partitions
        self._upcasters = upcasters or {}
        self._patience = patience
        self._database = client.get_database(log_database(service))
        self._former = client.get_database(service)
        self._logs = [LogCollection(self._database, p, patience, chain.genesis(service, p)) for p in range(partitions)]
        self._tails = [Tail(log.head, poll) for log in self._logs]
        self._recent = [Recent() for _ in self._logs]
        self._sequencers = [Sequencer(log, limit, partial(self._durable, p)) for p, log in enumerate(self._logs)]
        self._preparing = threading.Lock()
        self._prepared = False

    def prepare(self) -> None:
        """Make indexes and note the number of partitions, once. Raises WrongPartitions or LogUnavailable."""
        if self._prepared:
            return
        if not self._preparing.acquire(timeout=self._patience):
            raise LogUnavailable("The event store is away.")
        try:
            self._keep_partitions()
            for log in self._logs:
                log.prepare()
            self._prepared = True
        finally:
            self._preparing.release()

    def _keep_partitions(self) -> None:
        meta = self._database.get_collection("meta", write_concern=DURABLE, read_preference=ReadPreference.PRIMARY)
        with answering(self._patience):
            kept = meta.find_one({"_id": "log"})
            if kept is None:
                self._refuse_a_former_log()
                with contextlib.suppress(DuplicateKeyError):  # another process was first
                    meta.insert_one({"_id": "log", "partitions": self.partitions})
                kept = meta.find_one({"_id": "log"}) or {"partitions": None}
        if kept["partitions"] != self.partitions:
            raise WrongPartitions(
                f"The log of {self.service} was made with {kept['partitions']} partitions and LOG_PARTITIONS says "
                f"{self.partitions}: set it to {kept['partitions']}. The partitions of a log can never change."
            )

    def _refuse_a_former_log(self) -> None:
        """Beside a log that was not moved, a second one would begin at position 1."""
        if self._former["meta"].find_one({"_id": "log"}):
            raise WrongPartitions(
                f"The log of {self.service} still lies in the database {self._former.name}: stop all services, and "
                f"move it to {self._database.name} as docs/operations.md says."
            )

    def append(self, commit: NewCommit) -> Commit:
        """As in the port; raises BadCommit for what can never be stored, without harm to its neighbours."""
        encoded = encode(commit)
        self.prepare()
        partition = self.partition_of(commit.stream)
        # Decoding gives a copy of our own: the writer may change its data while a retry is still under way.
        with tracing.step(f"append {self.service}", correlation_id=commit.correlation_id):
            document = self._sequencers[partition].append(bson.decode(encoded), encoded)
        return self._commit(partition, document)

    def partition_of(self, stream: str) -> int:
        return partition_of(stream, self.partitions)

    def read_stream(self, stream: str, after_seq: int = 0) -> list[Commit]:
        partition = self.partition_of(stream)
        return [self._commit(partition, document) for document in self._log(partition).stream(stream, after_seq)]

    def feed(self, partition: int, after: int = 0, limit: int = 500) -> list[Commit]:
        log = self._log(partition)
        if limit <= 0:
            return []  # to MongoDB a limit of 0 means none at all
        recent = self._recent[partition].after(after, limit)
        documents = [{"_id": position, **bson.decode(encoded)} for position, encoded in recent]
        return [self._commit(partition, document) for document in documents or log.after(after, limit)]

    def replay(self, partition: int, after: int = 0) -> Iterator[Commit]:
        head = self.head(partition)
        while after < head and (page := self.feed(partition, after, min(_PAGE, head - max(after, 0)))):
            yield from page
            after = page[-1].position

    def head(self, partition: int) -> int:
        return self._log(partition).head()

    def room(self) -> Mapping[str, int] | None:
        """Bytes that the log takes, and of the disk that it is on; None where the account may not ask."""
        with answering(self._patience):
            try:
                said = self._database.command("dbStats")
            except OperationFailure:
                return None
        bytes_ = said["storageSize"] + said["indexSize"]
        return {"log": int(bytes_), "disk": int(said["fsTotalSize"]), "used": int(said["fsUsedSize"])}

    def verified(
        self, partition: int, kept: Mapping[int, bytes], start: int = 0
    ) -> Iterator[tuple[Commit, bytes | None]]:
        """Every durable commit of a partition with its digest, as far as they are as they were written; raises Altered.

        The digest is None in commits from before there was a chain. `kept` are digests by position from earlier; with
        one of their positions as `start`, only what comes behind it.
        """
        log = self._logs[self._existing(partition)]
        for stored in chain.check(log.genesis, _pages(log, start), kept, start):
            try:
                document = decode(stored.commit)
                commit = self._commit(partition, {**document, "_id": stored.position})
                right = document.keys() == FIELDS and self.partition_of(commit.stream) == partition and commit.seq > 0
            except (ValueError, LookupError, TypeError, AttributeError):
                right = False
            if not right:
                raise chain.Altered(stored.position, "is no commit of this partition", event_ids(stored.commit))
            yield commit, stored.digest

    def position_of(self, stream: str, seq: int) -> int | None:
        """The position of one commit of a stream, wherever it is; None where it is not."""
        return self._logs[self.partition_of(stream)].position_of(stream, seq)

    def find_command(self, stream: str, command_id: str) -> Commit | None:
        partition = self.partition_of(stream)
        document = self._log(partition).by_command([command_id]).get(command_id)
        return self._commit(partition, document) if document else None

    def wait(self, partition: int, after: int, timeout: float) -> bool:
        return self._tails[self._existing(partition)].wait(after, timeout)

    def close(self) -> None:
        """As in the port; the client stays open, it is its maker's."""
        for sequencer in self._sequencers:
            sequencer.close()

    def _durable(self, partition: int, first: int, commits: Sequence[bytes]) -> None:
        counts.written(self.service, len(commits))
        self._recent[partition].add(first, commits)
        self._tails[partition].advance(first + len(commits) - 1)

    def _log(self, partition: int) -> LogCollection:
        existing = self._existing(partition)
        self.prepare()
        return self._logs[existing]

    def _existing(self, partition: int) -> int:
        if not 0 <= partition < self.partitions:
            raise ValueError(f"There is no partition {partition}: they go from 0 to {self.partitions - 1}.")
        return partition

    def _commit(self, partition: int, document: Mapping[str, Any]) -> Commit:
        return to_commit(self.service, partition, document, self._upcasters)


def _pages(log: LogCollection, start: int) -> Iterator[bytes]:
    page = log.raw(start or None, _PAGE)
    while page:
        yield from page
        last = chain.taken_apart(page[-1])
        # The last one again, so that nothing can hide between two pages.
        page = log.raw(last.position, _PAGE + 1)[1:] if last else []
