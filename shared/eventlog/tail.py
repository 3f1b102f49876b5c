"""Wakes whoever tails a partition: at once for what this process appends, by polling for what others do."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from shared.eventlog.port import LogUnavailable


class Tail:
    """How far one partition has come, as far as this process knows. Positions only grow."""

    def __init__(self, head: Callable[[], int], poll_seconds: float = 0.25) -> None:
        self._head = head
        self._poll_seconds = poll_seconds
        self._polled_at = float("-inf")
        self._latest = 0
        self._moved = threading.Condition()

    def advance(self, position: int) -> None:
        """Something durable is now at `position`."""
        with self._moved:
            if position > self._latest:
                self._latest = position
                self._moved.notify_all()

    def wait(self, after: int, timeout: float) -> bool:
        """True as soon as there is a commit past `after`, False after `timeout` seconds without one."""
        expires = time.monotonic() + timeout
        while True:
            self._poll_if_due(after)
            with self._moved:
                left = expires - time.monotonic()
                if self._latest > after or left <= 0:
                    return self._latest > after
                self._moved.wait(min(left, self._poll_seconds))

    def _poll_if_due(self, after: int) -> None:
        # One look serves every waiter, so that many tails do not mean many queries.
        with self._moved:
            now = time.monotonic()
            if self._latest > after or now - self._polled_at < self._poll_seconds:
                return
            self._polled_at = now
        with contextlib.suppress(LogUnavailable):
            self.advance(self._head())
