"""When two people are both free, whatever their clocks do meanwhile (P-08)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.domain.hours import QUARTER, QUARTERS, first_monday, lived, shared_hours, week_of
from services.matching.domain.profile import Profile, clocks_apart, hours_apart, profile
from shared.kernel.events import Data
from tests.services.matching.story import answers

WEEKS = 3
STEP = 5
"""Minutes: clocks change, and windows begin and end, on a quarter of an hour."""
COUPLES = [
    ("Europe/Berlin", "America/New_York"),
    ("Australia/Sydney", "Europe/London"),
    ("America/Santiago", "Pacific/Auckland"),
    ("Asia/Kolkata", "Asia/Kathmandu"),
    ("Pacific/Chatham", "Australia/Lord_Howe"),
    ("Africa/Cairo", "Africa/Casablanca"),
    ("UTC", "America/Lima"),
    ("Pacific/Kiritimati", "Pacific/Pago_Pago"),
]
MOMENTS = [datetime(2026, *day, 15, 30, tzinfo=UTC) for day in ((2, 26), (3, 20), (4, 15), (10, 12))]


def told(person_id: str, zone: str, windows: list[Data]) -> Profile:
    return profile(person_id, "e", answers(timezone=zone, hours=windows))


def window(weekday: int, start: str, end: str) -> Data:
    return {"weekday": weekday, "from": start, "to": end}


def shared(
    one: tuple[str, list[Data]], other: tuple[str, list[Data]], now: datetime, weeks: int = WEEKS
) -> float | None:
    both = lived({"one": told("one", *one), "other": told("other", *other)}, weeks, now)
    return shared_hours(both["one"], both["other"])


@st.composite
def windows(draw: st.DrawFn) -> list[Data]:
    found = []
    for weekday in draw(st.lists(st.integers(1, 7), min_size=1, max_size=4, unique=True)):
        start, end = sorted(draw(st.lists(st.integers(0, 96), min_size=2, max_size=2, unique=True)))
        found.append(window(weekday, _clock(start), _clock(end)))
    return found


def _clock(quarter: int) -> str:
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"


@cache
def _minutes(zone: str, monday: datetime) -> list[int]:
    """The minute of the local week at every fifth minute of a week of UTC, one by one."""
    place = ZoneInfo(zone)
    moments = (monday + timedelta(minutes=minute) for minute in range(0, 7 * 1440, STEP))
    return [
        local.weekday() * 1440 + local.hour * 60 + local.minute
        for local in (moment.astimezone(place) for moment in moments)
    ]


def _free(zone: str, said: list[Data], monday: datetime) -> set[int]:
    """Where in a week of UTC somebody is free, in steps."""
    told = {minute for one in said for minute in range(_minute(one, "from"), _minute(one, "to"))}
    return {at for at, minute in enumerate(_minutes(zone, monday)) if minute in told}


def _minute(one: Data, end: str) -> int:
    hours, minutes = one[end].split(":")
    return (int(one["weekday"]) - 1) * 1440 + int(hours) * 60 + int(minutes)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(COUPLES), windows(), windows(), st.sampled_from(MOMENTS))
def test_shared_hours_are_those_of_the_poorest_week(
    zones: tuple[str, str], ones: list[Data], others: list[Data], now: datetime
) -> None:
    """P-08: against every fifth minute of every week of the program, looked up one by one."""
    poorest = min(
        len(_free(zones[0], ones, monday) & _free(zones[1], others, monday))
        for monday in (first_monday(now) + timedelta(days=7 * week) for week in range(WEEKS))
    )
    assert shared((zones[0], ones), (zones[1], others), now) == poorest * STEP / 60


def test_between_two_changes_of_the_clocks_the_hours_in_common_shrink() -> None:
    """Berlin and New York are five hours apart, not six, for three weeks of March."""
    berlin, new_york = [window(2, "18:00", "20:00")], [window(2, "12:00", "14:00")]
    couple = (("Europe/Berlin", berlin), ("America/New_York", new_york))
    assert shared(*couple, datetime(2026, 1, 5, tzinfo=UTC)) == 2
    assert shared(*couple, datetime(2026, 3, 9, tzinfo=UTC)) == 1
    assert shared(*couple, datetime(2026, 4, 1, tzinfo=UTC)) == 2
    assert shared(*couple, datetime(2026, 1, 5, tzinfo=UTC), weeks=12) == 1
    assert [shared(*couple, datetime(2026, 2, 18, tzinfo=UTC), weeks=weeks) for weeks in (2, 3)] == [2, 1]


def test_a_clock_that_changes_within_a_week_does_so_at_its_quarter_of_an_hour() -> None:
    """Berlin on Sunday, 29 March 2026, 1:00 UTC: what is before it goes by the old clock, what is after by the new."""
    now = datetime(2026, 3, 18, tzinfo=UTC)
    for ones, others in (
        (window(6, "18:00", "19:00"), window(6, "17:00", "18:00")),
        (window(7, "01:00", "02:00"), window(7, "00:00", "01:00")),
        (window(7, "03:00", "04:00"), window(7, "01:00", "02:00")),
        (window(7, "18:00", "19:00"), window(7, "16:00", "17:00")),
    ):
        assert shared(("Europe/Berlin", [ones]), ("UTC", [others]), now, weeks=1) == 1


@pytest.mark.parametrize("now", ["2026-03-02T09:00+00:00", "2026-03-08T23:59+00:00", "2026-03-09T08:00+13:00"])
def test_the_weeks_that_count_begin_on_the_monday_to_come(now: str) -> None:
    """Of UTC, wherever somebody is; a week that has begun counts no more."""
    assert first_monday(datetime.fromisoformat(now)) == datetime(2026, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "weeks", "each"),
    [((2026, 6, 1), 8, [9]), ((2026, 1, 5), 8, [11]), ((2026, 3, 2), 8, [9, 10, 11]), ((2026, 6, 1), 52, [9, 10, 11])],
)
def test_clocks_are_as_far_apart_as_in_the_week_in_which_they_are_most(
    now: tuple[int, int, int], weeks: int, each: list[float]
) -> None:
    """P-08: London and Sydney, whose summers are half a year apart, are hardly ever ten hours apart."""
    people = {zone: told(zone, zone, []) for zone in ("Europe/London", "Australia/Sydney", "Asia/Tokyo")}
    found = lived(people, weeks, datetime(*now, tzinfo=UTC))
    london, sydney = found["Europe/London"], found["Australia/Sydney"]
    assert sorted(set(clocks_apart(london, sydney))) == each
    assert hours_apart(london, sydney) == hours_apart(sydney, london) == max(each)


def test_midnight_and_the_end_of_the_week_lose_nothing() -> None:
    """Sunday night in Lima is Monday morning in Berlin."""
    lima = [window(7, "20:00", "24:00")]
    berlin = [window(1, "00:00", "24:00")]
    assert shared(("America/Lima", lima), ("Europe/Berlin", berlin), datetime(2026, 1, 5, tzinfo=UTC)) == 4


def test_who_did_not_tell_shares_nothing_that_can_be_known() -> None:
    """None, which is no rule broken and nothing lost in the score; and sign-ups from before hours were asked."""
    now = datetime(2026, 1, 5, tzinfo=UTC)
    assert shared(("UTC", []), ("UTC", [window(1, "08:00", "09:00")]), now) is None
    assert profile("old", "e", answers()).hours == ()


def test_every_zone_is_whole_quarters_from_utc() -> None:
    """What a week of quarters takes for granted, in winter and in summer."""
    moments = [datetime(2026, month, 15, tzinfo=UTC) for month in (1, 7)]
    for zone in available_timezones():
        for moment in moments:
            assert not (moment.astimezone(ZoneInfo(zone)).utcoffset() or QUARTER) % QUARTER, zone


def test_windows_that_overlap_count_once() -> None:
    """What is said twice is no more time."""
    assert week_of([window(1, "08:00", "10:00"), window(1, "09:00", "10:30")]).bit_count() == 10
    assert week_of([window(day, "00:00", "24:00") for day in range(1, 8)]).bit_count() == QUARTERS


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Chatham", "America/St_Johns"])
def test_everybody_has_as_many_weeks_as_everybody_else(zone: str) -> None:
    """One for each different week of all clocks concerned, so that they can be laid on each other."""
    said = [window(3, "17:00", "19:00")]
    people = {"a": told("a", zone, said), "b": told("b", "Asia/Tokyo", said), "c": told("c", "UTC", [])}
    found = lived(people, 8, datetime(2026, 3, 1, tzinfo=UTC))
    assert len(found["a"].hours) == len(found["b"].hours) > 1
    assert found["c"].hours == ()
