"""Time zones by their IANA names, read from the time zone database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Always the same day, so that the same answers give the same recommendation at any time of the year."""


@cache
def offset(name: str) -> int:
    """Minutes east of UTC, summer time left out. Raises ZoneInfoNotFoundError for no zone."""
    local = _ANY_DAY.astimezone(ZoneInfo(name))
    return int(((local.utcoffset() or timedelta()) - (local.dst() or timedelta())).total_seconds() // 60)
