"""The last commits that this process made durable in a partition, so that who follows it need not ask the store."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from itertools import islice

_KEPT = 512
_KEPT_BYTES = 8 * 1024 * 1024


class Recent:
    """A run of encoded commits without a hole; whatever does not continue it begins a new one."""

    def __init__(self) -> None:
        self._run: deque[bytes] = deque()
        self._end = 0
        self._size = 0
        self._lock = threading.Lock()

    def add(self, first: int, commits: Sequence[bytes]) -> None:
        """Commits that are durable at the positions from `first` on."""
        with self._lock:
            if first != self._end + 1:
                self._run.clear()
                self._size = 0
            self._run.extend(commits)
            self._size += sum(map(len, commits))
            self._end = first + len(commits) - 1
            while len(self._run) > _KEPT or self._size > _KEPT_BYTES:
                self._size -= len(self._run.popleft())

    def after(self, position: int, limit: int) -> list[tuple[int, bytes]]:
        """Up to `limit` commits past a position, with theirs; empty where the run does not reach back that far."""
        with self._lock:
            begin = position - (self._end - len(self._run))
            if not 0 <= begin < len(self._run):
                return []
            return list(enumerate(islice(self._run, begin, begin + limit), position + 1))
