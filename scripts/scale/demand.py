"""What pairs do: assumptions, with a low and a high case. Nothing here is measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

CASES = ("low", "high")
WEEK = 7 * 86_400.0
READS = (30.0, 150.0)
"""HTTP reads per pair and week."""
BUSIEST = (2.9, 5.4)
"""The busiest hour of a busy day beside the mean: a tenth of a day 1.2 times as busy, 0.15 of one 1.5 times."""
EARLY = 0.1
"""Of all check-ins of a week, how many fall due at the same moment: nine in the evening of the largest time zone."""


@dataclass(frozen=True)
class Habit:
    """What happens to a pair in a week (low, high), and what each time makes.

    `asked`: by a person over HTTP, else by a timer. `told`: further commits of notifications (raised, read or sent).
    """

    what: str
    week: tuple[float, float]
    service: str
    asked: bool
    told: int
    mails: float


HABITS = (
    Habit("messages", (3, 20), "conversations", True, 2, 0.5),
    Habit("read markers, reactions", (2, 10), "conversations", True, 1, 0),
    Habit("posts and comments in steps", (0.3, 2), "conversations", True, 2, 0.5),
    Habit("steps done", (0.5, 2), "programs", True, 2, 1),
    Habit("check-ins due", (1, 1), "programs", False, 4, 2),
    Habit("check-ins recorded", (1, 2), "programs", True, 0, 0),
    Habit("goals, pulse, feedback", (0.2, 1), "programs", True, 0, 0),
    Habit("sign-up, pairing, end (over 12 weeks)", (0.6, 1), "matching", True, 2, 0.5),
    Habit("reports and their cases", (0.005, 0.05), "trust_safety", True, 1, 0.5),
)


@dataclass(frozen=True)
class Demand:
    """Mean rates a second. `commands` come over HTTP; `commits` by service; `heard`: events that services act on."""

    pairs: int
    commands: float
    reads: float
    commits: Counter[str]
    timers: float
    mails: float
    busiest: float

    @property
    def events(self) -> float:
        return sum(self.commits.values())

    @property
    def told(self) -> float:
        """Events of the four services that each of the others hears; those of notifications only trust_safety does."""
        return self.events - self.commits["notifications"]


def demand(pairs: int, case: int, habits: Sequence[Habit] = HABITS) -> Demand:
    """Of `pairs` that are alive, in the low (0) or high (1) case."""
    commits: Counter[str] = Counter()
    commands = timers = mails = 0.0
    for habit in habits:
        rate = pairs * habit.week[case] / WEEK
        commits[habit.service] += rate  # type: ignore[assignment]
        commits["notifications"] += rate * habit.told  # type: ignore[assignment]
        commands += rate * habit.asked
        timers += rate * (not habit.asked)
        mails += rate * habit.mails
    return Demand(pairs, commands, pairs * READS[case] / WEEK, commits, timers, mails, BUSIEST[case])
