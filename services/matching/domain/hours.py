"""When two people are both free, also across changes of the clocks.

A week is a row of 672 quarter hours from Monday 0:00, kept as the bits of one number: every zone in use is a whole
number of quarters from UTC. What people tell is a week of their own clock (`Profile.week`). Clocks change at different
dates, so it becomes one week of UTC for each different week that the clocks of all concerned go through while the
program runs (`Profile.hours`); two people share what they share in the poorest of these.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from shared.kernel.events import Data

if TYPE_CHECKING:
    from services.matching.domain.profile import Profile

QUARTER = timedelta(minutes=15)
QUARTERS_AN_HOUR = 4
QUARTERS_A_DAY = 24 * QUARTERS_AN_HOUR
QUARTERS = 7 * QUARTERS_A_DAY
"""How many bits a week has."""

_EVERY = (1 << QUARTERS) - 1

Offsets = tuple[tuple[int, int], ...]
"""How a clock goes through one week of UTC: in which quarters of it, as bits, it is how many quarters ahead."""

_Told = TypeVar("_Told", int, Offsets)


def week_of(windows: Iterable[Data]) -> int:
    """The week that availability windows `{weekday, from, to}` describe; 0 where there are none."""
    week = 0
    for one in windows:
        midnight = (one["weekday"] - 1) * QUARTERS_A_DAY
        week |= (1 << midnight + _quarters(one["to"])) - (1 << midnight + _quarters(one["from"]))
    return week


def lived(profiles: Mapping[str, Profile], weeks: int, now: datetime) -> dict[str, Profile]:
    """The same people with their `hours` and `clocks` for a program that runs for `weeks` from the Monday (UTC) after

    `now`.
    """
    mondays = [first_monday(now) + timedelta(days=7 * week) for week in range(weeks)]
    lives = _by_zone({one.timezone for one in profiles.values() if one.week}, mondays, offsets)
    shows = _by_zone({one.timezone for one in profiles.values()}, mondays, _mostly)
    return {
        person_id: replace(
            one,
            hours=tuple(in_utc(one.week, clock) for clock in lives[one.timezone]) if one.week else (),
            clocks=shows[one.timezone],
        )
        for person_id, one in profiles.items()
    }


def _by_zone(
    zones: Iterable[str], mondays: Sequence[datetime], of: Callable[[str, datetime], _Told]
) -> dict[str, tuple[_Told, ...]]:
    """What is told of a zone and a week, once for each different week: the same for all, so that the n-th of one zone

    is of the same week as the n-th of another.
    """
    ordered = sorted(zones)
    kinds = sorted({tuple(of(zone, monday) for zone in ordered) for monday in mondays})
    return {zone: tuple(kind[at] for kind in kinds) for at, zone in enumerate(ordered)}


def _mostly(zone: str, monday: datetime) -> int:
    """How many quarters ahead the clock of a zone is for most of a week."""
    return max(offsets(zone, monday), key=lambda part: part[0].bit_count())[1]


def shared_hours(one: Profile, other: Profile) -> float | None:
    """Hours a week in which both are free, in the poorest week of the program; None where one did not tell."""
    if not one.hours or not other.hours:
        return None
    return min((ones & others).bit_count() for ones, others in zip(one.hours, other.hours, strict=True)) / (
        QUARTERS_AN_HOUR
    )


def in_utc(week: int, clock: Offsets) -> int:
    """A week of somebody's own clock as it lies in a week of UTC."""
    return sum(_turned(week, ahead) & span for span, ahead in clock)


@lru_cache(maxsize=100_000)
def offsets(zone: str, monday: datetime) -> Offsets:
    """How the clock of a zone goes through the week from `monday`. No clock changes twice within a week."""
    place = ZoneInfo(zone)

    def ahead(quarter: int) -> int:
        local = (monday + quarter * QUARTER).astimezone(place)
        return (local.utcoffset() or timedelta()) // QUARTER

    first, last = ahead(0), ahead(QUARTERS - 1)
    if first == last:
        return ((_EVERY, first),)
    changed = bisect_left(range(QUARTERS), True, key=lambda quarter: ahead(quarter) != first)
    before = (1 << changed) - 1
    return ((before, first), (_EVERY ^ before, last))


def first_monday(now: datetime) -> datetime:
    """Where the weeks begin that a decision made now looks at: the next Monday, 0:00 UTC."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=7 - today.weekday())


def _turned(week: int, ahead: int) -> int:
    by = ahead % QUARTERS
    return (week >> by | week << QUARTERS - by) & _EVERY


def _quarters(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * QUARTERS_AN_HOUR + int(minutes) * QUARTERS_AN_HOUR // 60
