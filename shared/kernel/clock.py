"""Time is passed in. Production reads the system clock; a development instance may shift it by a stored offset."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tells the time in UTC, with a time zone attached."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class OffsetClock:
    """The machine's clock plus the seconds written in a file, so that a development instance can jump ahead.

    The file is read at most five times a second; a missing file means no offset.
    """

    _STALE_AFTER = 0.2

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = timedelta()
        self._read_at = float("-inf")

    def now(self) -> datetime:
        if time.monotonic() - self._read_at > self._STALE_AFTER:
            self._offset = timedelta(seconds=read_offset(self._path))
            self._read_at = time.monotonic()
        return datetime.now(UTC) + self._offset


def read_offset(path: Path) -> float:
    """The stored offset in seconds; 0.0 where there is none."""
    try:
        return float(path.read_text())
    except FileNotFoundError:
        return 0.0


def to_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, the one form of a moment in events, views and answers."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The moment that `to_text` wrote."""
    return datetime.fromisoformat(text)
