"""The event log in memory, for fast tests. Nothing outlives the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import bson

from shared.eventlog.documents import encode, to_commit
from shared.eventlog.partition import partition_of
from shared.eventlog.port import LogUnavailable, StreamConflict
from shared.eventlog.tail import Tail
from shared.eventlog.upcasting import Upcasters
from shared.kernel.events import Commit, NewCommit


class MemoryEventLog:
    """Keeps commits as BSON, so that what is read is never what was handed in, as with a real store."""

    def __init__(self, service: str, partitions: int = 1, upcasters: Upcasters | None = None) -> None:
        self.service = service
        self.partitions = partitions
        self._upcasters = upcasters or {}
        self._logs: list[list[bytes]] = [[] for _ in range(partitions)]
        self._streams: dict[str, list[int]] = {}
        self._commands: list[dict[str, int]] = [{} for _ in range(partitions)]
        self._tails = [Tail(log.__len__) for log in self._logs]
        self._lock = threading.Lock()
        self._closed = False

    def append(self, commit: NewCommit) -> Commit:
        encoded = encode(commit)
        partition = self.partition_of(commit.stream)
        with self._lock:
            if self._closed:
                raise LogUnavailable("The log is closed.")
            position = self._commands[partition].get(commit.command_id)
            if position is None:
                position = self._store(partition, commit, encoded)
        self._tails[partition].advance(position)
        return self._read(partition, position)

    def _store(self, partition: int, commit: NewCommit, encoded: bytes) -> int:
        stream = self._streams.setdefault(commit.stream, [])
        if len(stream) != commit.expected_seq:
            raise StreamConflict("Somebody else appended to the stream first.")
        self._logs[partition].append(encoded)
        position = len(self._logs[partition])
        stream.append(position)
        self._commands[partition][commit.command_id] = position
        return position

    def partition_of(self, stream: str) -> int:
        return partition_of(stream, self.partitions)

    def read_stream(self, stream: str, after_seq: int = 0) -> list[Commit]:
        partition = self.partition_of(stream)
        return [self._read(partition, position) for position in self._streams.get(stream, [])[max(after_seq, 0) :]]

    def feed(self, partition: int, after: int = 0, limit: int = 500) -> list[Commit]:
        first = max(after, 0) + 1
        last = min(self.head(partition), first + limit - 1)
        return [self._read(partition, position) for position in range(first, last + 1)]

    def replay(self, partition: int, after: int = 0) -> Iterator[Commit]:
        for position in range(max(after, 0) + 1, self.head(partition) + 1):
            yield self._read(partition, position)

    def head(self, partition: int) -> int:
        return len(self._logs[self._existing(partition)])

    def find_command(self, stream: str, command_id: str) -> Commit | None:
        partition = self.partition_of(stream)
        position = self._commands[partition].get(command_id)
        return None if position is None else self._read(partition, position)

    def wait(self, partition: int, after: int, timeout: float) -> bool:
        return self._tails[self._existing(partition)].wait(after, timeout)

    def close(self) -> None:
        with self._lock:
            self._closed = True

    def _existing(self, partition: int) -> int:
        if not 0 <= partition < self.partitions:
            raise ValueError(f"There is no partition {partition}: they go from 0 to {self.partitions - 1}.")
        return partition

    def _read(self, partition: int, position: int) -> Commit:
        document = bson.decode(self._logs[partition][position - 1])
        return to_commit(self.service, partition, document | {"_id": position}, self._upcasters)
