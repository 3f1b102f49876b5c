"""Hours as people write them in a table: `mon 18:00-20:00; sat 09:00-12:00`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"(mon|tue|wed|thu|fri|sat|sun) +(\d{1,2}:\d\d) *- *(\d{1,2}:\d\d)", re.IGNORECASE)
_EXAMPLE = "write for example mon 18:00-20:00; sat 09:00-12:00"


def windows(cell: str) -> list[dict[str, Any]]:
    """The windows of a sign-up. Raises ValueError for what is no window; the sign-up's schema checks the times."""
    found = []
    for text in filter(None, map(str.strip, cell.split(";"))):
        match = _WINDOW.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no weekday with two times: {_EXAMPLE}")
        day, start, end = match.groups()
        found.append({"weekday": _DAYS.index(day.lower()) + 1, "from": start.zfill(5), "to": end.zfill(5)})
    return found


def words(told: Iterable[dict[str, Any]]) -> str:
    """The same windows as a cell of a table."""
    return "; ".join(f"{_DAYS[one['weekday'] - 1]} {one['from']}-{one['to']}" for one in told)
