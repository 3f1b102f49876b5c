"""What is said about the runner-up, and what would put them first, at the edges of each rule (P-09)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.matching.domain.explaining import Couple
from services.matching.domain.hours import lived
from services.matching.domain.next_best import why_behind, would_change
from services.matching.domain.profile import profile
from services.matching.domain.roster import Settings
from shared.kernel.events import Data
from tests.services.matching.soap import free
from tests.services.matching.story import answers

SETTINGS = Settings(weeks=1)
SUMMER = datetime(2026, 7, 1, tzinfo=UTC)
FIVE = ["a", "b", "c", "d", "e"]
NEVER = free((3, "03:00", "04:00"))
"""When nobody else is free."""


def ranked(mia: Data, max: Data, moe: Data) -> tuple[Couple, Couple]:
    """Mia with Max, whom she is proposed, and with Moe, the runner-up."""
    said = {"mia": mia, "max": max, "moe": moe}
    people = lived({name: profile(name, name, answers(**one)) for name, one in said.items()}, SETTINGS.weeks, SUMMER)
    names = {name: name.title() for name in said}
    chosen, other = (Couple(people[name], people["mia"], SETTINGS, names, SUMMER) for name in ("max", "moe"))
    return chosen, other


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Tokyo", ""),
        ("Australia/Darwin", " and lives 7.5 instead of 0 hours away by the clock"),
    ],
)
def test_a_part_is_named_from_a_quarter_of_the_difference_on(zone: str, said: str) -> None:
    """Seven hours are 24 of 100 of what Moe is behind, seven and a half are 26."""
    mia = {"topics": FIVE, "needs": ["a"]}
    why = why_behind(*ranked(mia, {"topics": FIVE}, {"topics": ["a", "b"], "timezone": zone}), [])
    assert why == f"Moe comes next, 16 points of 100 behind: Moe has less in common with Mia's topics{said}."


def test_two_parts_are_named_at_most() -> None:
    """Topics, languages and clocks are each more than a quarter of it; the two heaviest are told."""
    moe = {"topics": ["a", "b", "c"], "languages": ["fr"], "timezone": "Pacific/Auckland"}
    why = why_behind(*ranked({"topics": FIVE, "needs": ["a"]}, {"topics": FIVE}, moe), [])
    assert why.endswith(": Moe has less in common with Mia's topics and speaks none of Mia's languages.")


def test_what_is_not_worse_is_not_named() -> None:
    """Max told no hours, so that all else weighs more for him; Moe, who is as good in each part, is told by none."""
    week = free((1, "18:00", "21:00"))
    why = why_behind(*ranked({"hours": week}, {}, {"hours": free((1, "18:00", "20:30"))}), [])
    assert why == "Moe comes next, 2 points of 100 behind."


@pytest.mark.parametrize(
    ("day", "start", "end", "when"),
    [
        (2, "18:00", "20:00", "on weekday evenings"),
        (3, "06:00", "08:00", "on weekday mornings"),
        (5, "16:00", "18:00", "on weekday afternoons"),
        (6, "08:00", "10:00", "at weekends"),
        (7, "20:00", "22:00", "at weekends"),
        (2, "18:00", "19:45", None),
        (5, "11:00", "13:00", None),
        (6, "06:00", "08:30", None),
    ],
)
def test_two_more_hours_are_named_where_the_mentee_has_them_at_one_time(
    day: int, start: str, end: str, when: str | None
) -> None:
    """Only hours in which Mia is free count, all of them at the time that is named; a Friday is no weekend."""
    one_hour = free((day, start, f"{int(start[:2]) + 1:02}:00"))
    found = would_change(*ranked({"hours": free((day, start, end))}, {"hours": one_hour}, {"hours": NEVER}), [])
    assert found == [
        f"If Moe were free for 2 more hours with Mia {when}, Moe would fit Mia better than Max."
        if when
        else "No one change of topics, hours or languages would put Moe first."
    ]
