"""The event log as the rest of the system sees it. One contract suite holds for every adapter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from shared.kernel.events import Commit, NewCommit


class StreamConflict(Exception):
    """Somebody else appended to the stream first: load it again and decide again."""


class LogUnavailable(Exception):
    """The store cannot be reached, or did not say within its time limit whether it wrote.

    The append may or may not have happened; appending the same `command_id` again is always safe.
    """


class EventLog(Protocol):
    """The log of one service: append-only, in partitions, each numbered 1, 2, 3 … without holes, in commit order."""

    service: str
    partitions: int

    def append(self, commit: NewCommit) -> Commit:
        """Append and wait until it is durable (majority, journaled).

        A `command_id` that is already in the stream's partition answers with the first commit, whatever it is sent
        with. Raises StreamConflict where `expected_seq` is not the stream's last; LogUnavailable where the outcome
        stays unknown; `documents.BadCommit` (a ValueError) for what can never be stored.
        """
        ...

    def partition_of(self, stream: str) -> int:
        """The partition of a stream: the same for ever (a stable hash modulo `partitions`)."""
        ...

    def read_stream(self, stream: str, after_seq: int = 0) -> list[Commit]:
        """The commits of one stream with `seq > after_seq`, in order, upcast to today's versions."""
        ...

    def feed(self, partition: int, after: int = 0, limit: int = 500) -> list[Commit]:
        """Up to `limit` commits with `position > after`, in order, only durable ones, upcast to today's versions.

        Fewer than `limit` do not mean that there are no more; an empty list does.
        """
        ...

    def replay(self, partition: int, after: int = 0) -> Iterator[Commit]:
        """Every commit with `position > after` that is there now, in order, in batches and constant memory."""
        ...

    def head(self, partition: int) -> int:
        """The last durable position of a partition, 0 when it is empty."""
        ...

    def find_command(self, stream: str, command_id: str) -> Commit | None:
        """The commit that a command made in the partition of `stream`, if it did."""
        ...

    def wait(self, partition: int, after: int, timeout: float) -> bool:
        """True as soon as there is a commit past `after`: at once for what this process appends, within a fraction of
        a second for what others do. False after `timeout` seconds without one; never raises for a store that is away.
        """
        ...

    def close(self) -> None:
        """Let what waits finish, then stop. Appends after it raise LogUnavailable."""
        ...
