"""Arrivals made up from a seed: the same number, weeks and seed always give the same people.

Nobody's data: shares are those of an ordinary program with too few mentors, and popular needs that few mentors cover.
"""

from __future__ import annotations

import random
from typing import Any

from services.matching.simulation.rows import Arrival

_MENTORS = 0.2
"""So few that not everybody can be served at once: otherwise all policies look alike."""
_AT_THE_START = 0.25
_TELL_NO_HOURS = 0.15
_WANTED = {
    "career change": 20,
    "interviews": 14,
    "confidence": 12,
    "negotiation": 10,
    "leading people": 9,
    "python": 8,
    "writing": 7,
    "networking": 6,
    "first job": 5,
    "parenting and work": 4,
    "freelancing": 3,
    "public speaking": 2,
}
_OFFERED = dict(zip(_WANTED, (7, 9, 6, 6, 14, 12, 9, 9, 8, 3, 6, 8), strict=True))
_LANGUAGES = {("en",): 62, ("en", "es"): 16, ("es",): 10, ("en", "de"): 7, ("de",): 5}
_ZONES = {
    "Europe/Berlin": 30,
    "Europe/London": 20,
    "America/New_York": 20,
    "America/Mexico_City": 12,
    "Asia/Kolkata": 10,
    "Australia/Sydney": 8,
}
_NEEDS_EACH = {1: 30, 2: 30, 3: 22, 4: 12, 5: 6}
_TOPICS_EACH = {2: 20, 3: 30, 4: 25, 5: 15, 6: 10}
_CAPACITY = {1: 55, 2: 30, 3: 15}
_WINDOWS = {1: 15, 2: 35, 3: 30, 4: 20}


def generate(people: int, weeks: int, seed: int) -> list[Arrival]:
    """So many people over so many weeks, a quarter of them on the first day."""
    chance = random.Random(f"arrivals-{seed}")  # noqa: S311 (a play, no secret)
    mentors = max(1, round(people * _MENTORS))
    roles = ["mentor"] * mentors + ["mentee"] * (people - mentors)
    made = [_arrival(chance, role, f"{role}-{number}", weeks) for number, role in enumerate(roles, 1)]
    return sorted(made, key=lambda one: one.day)


def _arrival(chance: random.Random, role: str, person: str, weeks: int) -> Arrival:
    day = 0 if chance.random() < _AT_THE_START else chance.randrange(weeks * 7)
    answers: dict[str, Any] = {
        "languages": list(_one(chance, _LANGUAGES)),
        "timezone": _one(chance, _ZONES),
    }
    if chance.random() >= _TELL_NO_HOURS:
        answers["hours"] = _windows(chance)
    if role == "mentor":
        answers["topics"] = _some(chance, _OFFERED, _one(chance, _TOPICS_EACH))
        answers["capacity"] = _one(chance, _CAPACITY)
        return Arrival(day, role, person, answers, chance.randint(42, 120))
    answers["needs"] = _some(chance, _WANTED, _one(chance, _NEEDS_EACH))
    answers["topics"] = _some(chance, _WANTED, _one(chance, _TOPICS_EACH))
    return Arrival(day, role, person, answers, chance.randint(14, 70))


def _windows(chance: random.Random) -> list[dict[str, Any]]:
    """Evenings of a week, or mornings at the weekend; two hours each."""
    days = sorted(chance.sample(range(1, 8), _one(chance, _WINDOWS)))
    starts = [chance.choice((9, 10, 14)) if day > 5 else chance.choice((12, 17, 18, 19, 20)) for day in days]
    return [
        {"weekday": day, "from": f"{start:02}:00", "to": f"{start + 2:02}:00"}
        for day, start in zip(days, starts, strict=True)
    ]


def _one(chance: random.Random, shares: dict[Any, int]) -> Any:
    return chance.choices(list(shares), list(shares.values()))[0]


def _some(chance: random.Random, shares: dict[str, int], many: int) -> list[str]:
    """So many different ones, the popular ones more often and earlier."""
    left = dict(shares)
    found: list[str] = []
    while len(found) < many:
        found.append(_one(chance, left))
        del left[found[-1]]
    return found
