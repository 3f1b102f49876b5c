"""The states of streams, kept in memory and brought up to date from the log.

A cached state may be behind; that is safe, because an append names the `seq` it was decided on.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from shared.application.versions import current
from shared.eventlog import EventLog
from shared.kernel.events import Aggregate, Commit

_KEPT = 5_000


@dataclass(slots=True)
class Entry:
    """The state of one stream after its commit `seq`. Held under `lock` while a command is decided on it."""

    aggregate: Aggregate[Any]
    state: Any
    seq: int = 0
    fresh: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def evolve(self, commit: Commit) -> None:
        """Take the next commit; one that is not the next marks the entry as not fresh."""
        if commit.seq != self.seq + 1:
            self.fresh = False
            return
        for event in commit.events:
            self.state = self.aggregate.evolve(self.state, event)
        self.seq = commit.seq


class Repository:
    """The least recently used states go first when there are more than `kept`."""

    def __init__(self, log: EventLog, kept: int = _KEPT) -> None:
        self._log = log
        self._kept = kept
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def entry(self, stream: str, aggregate: Aggregate[Any]) -> Entry:
        with self._lock:
            entry = self._entries.get(stream)
            if entry is None:
                entry = self._entries[stream] = Entry(aggregate, aggregate.initial())
                while len(self._entries) > self._kept:
                    self._entries.popitem(last=False)
            else:
                self._entries.move_to_end(stream)
            return entry

    def catch_up(self, stream: str, entry: Entry) -> bool:
        """Read what the entry has not seen. Answers whether there was anything. Raises LogUnavailable.

        Raises NewerRelease where a newer release has written what this one cannot read.
        """
        commits = self._log.read_stream(stream, entry.seq)
        for commit in commits:
            for event in commit.events:
                current(event)
            entry.evolve(commit)
        entry.fresh = True
        return bool(commits)
