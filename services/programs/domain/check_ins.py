"""When a pair is asked how its week went: every week at the same local time of the pair's own zone (P-13, NO-06)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS_BEFORE_THE_FIRST = 3
"""A pair gets three days for its first contact before it is asked (product rules)."""


def first_check_in(introduced: datetime, zone: str, weekday: int, hour: int) -> datetime:
    """The first check-in of a pair, in UTC."""
    return next_check_in(introduced + timedelta(days=_DAYS_BEFORE_THE_FIRST), zone, weekday, hour)


def next_check_in(after: datetime, zone: str, weekday: int, hour: int) -> datetime:
    """The first moment strictly after `after` that is `hour` o'clock on `weekday` (1 is Monday) in `zone`, in UTC.

    An hour that daylight saving skips becomes the next minute that exists; one that comes twice means the first.
    """
    place = ZoneInfo(zone)
    day = after.astimezone(place).date()
    day += timedelta(days=(weekday - day.isoweekday()) % 7)
    while True:
        moment = _at(datetime.combine(day, time(hour)), place)
        if moment > after:
            return moment
        day += timedelta(days=7)


def _at(local: datetime, place: ZoneInfo) -> datetime:
    while True:
        moment = local.replace(tzinfo=place).astimezone(UTC)
        if moment.astimezone(place).replace(tzinfo=None) == local:
            return moment
        local += timedelta(minutes=1)
