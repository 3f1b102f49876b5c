"""Nobody stands out: what fewer than five people share is not in an export (PR-15).

An event type, community group or program in which fewer people occur is left out, a word, number or time that fewer
people of its event type share is blank, and a day with fewer is one of the `few`. Where an event names nobody, things
(streams) are counted instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias

from shared.analytics.columns import LENGTH_OF, Time, as_text, columns
from shared.contracts.footprint import PEOPLE
from shared.kernel.events import Event

LEAST = 5
FEW = "few"

GROUPS = ("group_id", "program_id")

Shared: TypeAlias = tuple[str, ...]


class Crowds:
    """Who shares what, counted up to five: first every event is `count`ed, then each is asked about."""

    def __init__(self, time: Time) -> None:
        self._period = LENGTH_OF[time]
        self._crowds: defaultdict[Shared, set[str]] = defaultdict(set)

    def count(self, event: Event, row: dict[str, Any]) -> None:
        people = _people(event)
        for shared in (*_groups(event), self._day(event), *(what for _, what in _values(event, row))):
            crowd = self._crowds[shared]
            if len(crowd) < LEAST:
                crowd |= people or {event.stream}

    def enough(self, event: Event) -> bool:
        """Whether the event is shown at all."""
        return all(self._is_crowd(group) for group in _groups(event))

    def blank(self, event: Event, row: dict[str, Any]) -> None:
        """Takes out of the row what too few have in common."""
        for name, what in list(_values(event, row)):
            if not self._is_crowd(what):
                row[name] = None

    def period(self, event: Event) -> str:
        """The day of the event (or month, where time is coarser), if it is not too quiet a day."""
        day = self._day(event)
        return day[-1] if self._is_crowd(day) else FEW

    def _is_crowd(self, what: Shared) -> bool:
        return len(self._crowds[what]) >= LEAST

    def _day(self, event: Event) -> Shared:
        return (event.name, "on", event.recorded_at[: min(10, self._period)])


def _people(event: Event) -> set[str]:
    found = (event.data[field] for field in PEOPLE & event.data.keys())
    return {str(one) for value in found for one in (value if isinstance(value, list) else [value]) if one}


def _groups(event: Event) -> Iterator[Shared]:
    if _people(event):
        yield (event.name,)
    for field in GROUPS:
        if event.data.get(field):
            yield (field, str(event.data[field]))


def _values(event: Event, row: dict[str, Any]) -> Iterator[tuple[str, Shared]]:
    """Every value that is shown as it is, with its column."""
    for name in _plain_columns(event.name):
        if row[name] is not None:
            yield name, (event.name, name, as_text(row[name]) or "")


@cache
def _plain_columns(event_name: str) -> tuple[str, ...]:
    return tuple(known.name for known in columns(event_name) if known.treatment in {"kept", "hour"})
