"""A realistic program of soap makers."""

from __future__ import annotations

from typing import Any

from shared.kernel.events import Data
from tests.services.matching.story import ADMIN, PROGRAM, Story

QUESTIONS = [
    {"id": "learns-by", "type": "multi-choice", "asked": "both", "size": 5, "weight": 2, "use": "soft", "deep": True},
    {"id": "pace", "type": "scale", "asked": "both", "low": 1, "high": 5, "use": "soft"},
    {"id": "faith", "type": "choice", "asked": "both", "size": 4, "use": "soft", "protected": True},
    {"id": "story", "type": "text", "asked": "both"},
]


def free(*windows: tuple[int, str, str]) -> list[Data]:
    """Weekday (1 is Monday), from, to."""
    return [{"weekday": weekday, "from": start, "to": end} for weekday, start, end in windows]


MENTORS: dict[str, Data] = {
    "max": {
        "topics": ["lye", "scents", "moulds"],
        "languages": ["en", "de"],
        "capacity": 1,
        "hours": free((1, "18:00", "20:00"), (3, "18:00", "20:00")),
        "replies": {"learns-by": [1, 2], "pace": 2},
    },
    "moe": {
        "topics": ["scents", "lye"],
        "timezone": "Europe/London",
        "hours": free((6, "10:00", "14:00")),
        "replies": {"learns-by": [3], "pace": 5},
    },
    "amy": {
        "topics": ["packaging", "selling"],
        "timezone": "America/New_York",
        "hours": free((2, "08:00", "10:00")),
    },
}
MENTEES: dict[str, Data] = {
    "mia": {
        "topics": ["lye"],
        "needs": ["lye", "moulds", "labels"],
        "hours": free((1, "18:30", "21:00"), (3, "19:00", "21:00"), (6, "11:00", "12:00")),
        "replies": {"learns-by": [1], "pace": 2},
    },
    "eve": {
        "topics": ["scents", "colours"],
        "needs": ["Scents"],
        "hours": free((6, "09:00", "13:00"), (1, "18:00", "20:00")),
    },
    "ben": {
        "topics": ["selling"],
        "needs": ["selling", "packaging"],
        "hours": free((2, "14:00", "16:00")),
    },
    "zoe": {"topics": ["colours"], "languages": ["fr"]},
}


def soap_makers(**changes: Any) -> Story:
    """Three mentors and four mentees. `changes`: by name what somebody says otherwise, or of the program's settings."""
    people = {name: changes.pop(name, {}) for name in [*MENTORS, *MENTEES]}
    story = Story(**{"questions": QUESTIONS, "hours_apart": 12, "weeks": 8, **changes})
    for role, those in (("mentor", MENTORS), ("mentee", MENTEES)):
        for name, said in those.items():
            story.later(seconds=1)
            story.joins(name, role, **{**said, **people[name]})
    return story


def recommended(story: Story, **how: Any) -> Data:
    """A run, as the admin reads it."""
    story.when("recommend", {**PROGRAM, **how}, ADMIN).then("RecommendationsProposed")
    return story.asks("recommendations", run_id=story.answer["run_id"])


def of_mentee(run: Data, mentee_id: str) -> Data:
    """What a run proposes to a mentee."""
    return next(one for one in run["proposals"] if one["mentee_id"] == mentee_id)


def left_over(run: Data, person_id: str) -> Data:
    """What a run says of somebody whom it leaves without a pair."""
    return next(one for one in run["unmatched"] if one["person_id"] == person_id)
