"""Nobody stands out: what fewer than five people share is not in an export (PR-15).

An event type, community group or program in which fewer people occur is left out, a word, number or time that fewer
people of its event type share is blank, and a day with fewer is one of the `few`. Where an event names nobody, things
(streams) are counted instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from shared.analytics.columns import LENGTH_OF, Time, as_text, plain_columns
from shared.contracts.footprint import PEOPLE
from shared.kernel.events import Event

LEAST = 5
FEW = "few"

GROUPS = ("group_id", "program_id")

Shared: TypeAlias = tuple[str, ...]


class Crowds:
    """Who shares what, counted up to five: first every event is `count`ed, then each is asked about.

    Grows with the days, hours and words that occur, not with the events: of a crowd no names are kept.
    """

    def __init__(self, time: Time) -> None:
        self._period = LENGTH_OF[time]
        self._few: dict[Shared, set[str]] = {}
        self._groups: set[Shared] = set()
        self._others: set[Shared] = set()
        self._groups_before: frozenset[Shared] = frozenset()

    def count(self, event: Event, plain: Mapping[str, Any]) -> None:
        """`plain`: the values of the event that would be shown as they are."""
        people = _people(event) or {event.stream}
        for group in _groups(event):
            self._add(group, people, self._groups)
        for other in (self._day(event), *(what for _, what in _values(event, plain))):
            self._add(other, people, self._others)

    def _add(self, what: Shared, people: set[str], crowds: set[Shared]) -> None:
        if what in crowds:
            return
        few = self._few.setdefault(what, set())
        few |= people
        if len(few) >= LEAST:
            crowds.add(what)
            del self._few[what]

    def mark(self) -> None:
        """What was counted so far is what an earlier export knew."""
        self._groups_before = frozenset(self._groups)

    @property
    def grown(self) -> bool:
        """Whether a group has enough people since the mark, so that events from before it can be shown now."""
        return len(self._groups) > len(self._groups_before)

    def enough(self, event: Event) -> bool:
        """Whether the event is shown at all."""
        return self._groups.issuperset(_groups(event))

    def late(self, event: Event) -> bool:
        """Whether an event from before the mark is shown only now."""
        return self.enough(event) and not self._groups_before.issuperset(_groups(event))

    def blank(self, event: Event, row: dict[str, Any]) -> None:
        """Takes out of the row what too few have in common."""
        for name, what in list(_values(event, row)):
            if what not in self._others:
                row[name] = None

    def period(self, event: Event) -> str:
        """The day of the event (or month, where time is coarser), if it is not too quiet a day."""
        day = self._day(event)
        return day[-1] if day in self._others else FEW

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


def _values(event: Event, row: Mapping[str, Any]) -> Iterator[tuple[str, Shared]]:
    """Every value that is shown as it is, with its column."""
    for known in plain_columns(event.name):
        value = row[known.name]
        if value is not None:
            yield known.name, (event.name, known.name, value if isinstance(value, str) else as_text(value) or "")
