"""A clock that stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FixedClock:
    """Starts on Monday, 2 March 2026, 09:00 UTC."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 3, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, **units: float) -> None:
        """Move ahead by `days`, `hours`, `seconds` …"""
        self._now += timedelta(**units)
