"""What is counted of a played policy."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from services.matching.simulation.player import Played

MANY_NEEDS = 4
"""So many needs and more are one group."""
_SMALLEST_GROUP = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares between 0 and 1, waiting in days; None where there is nobody to count.

    `waiting_*`: of all mentees, also of those who left or still wait: until the pair, the leaving or the last day.
    `longest_served`: of the quarter that had waited longest at each run, who got a mentor in it.
    `served_by_needs`: by number of needs, how many were served and how many came.
    `spread`: the largest difference between those groups' shares of served; groups under 5 people are left out.
    `waiting_by_week`: how many mentees waited at the end of each week.
    """

    policy: str
    fairness: float | None
    mentees: int
    served: int
    served_share: float | None
    score: float | None
    coverage: float | None
    fully_covered: float | None
    waiting_mean: float | None
    waiting_p90: int | None
    longest_served: float | None
    spread: float | None
    served_by_needs: dict[str, tuple[int, int]]
    waiting_by_week: tuple[int, ...]


def figures(played: Played) -> Figures:
    """The figures of one policy."""
    stays = played.stays
    fits = [one.fit for one in stays if one.fit is not None]
    waited = sorted(one.waited for one in stays)
    by_needs = _by_needs(played)
    served, longest = played.longest
    return Figures(
        policy=played.policy.name,
        fairness=played.policy.fairness,
        mentees=len(stays),
        served=len(fits),
        served_share=_share(len(fits), len(stays)),
        score=_mean(one.score for one in fits),
        coverage=_mean(one.needs for one in fits),
        fully_covered=_share(sum(one.needs == 1 for one in fits), len(fits)),
        waiting_mean=_mean(waited),
        waiting_p90=waited[math.ceil(0.9 * len(waited)) - 1] if waited else None,
        longest_served=_share(served, longest),
        spread=_spread(list(by_needs.values())),
        served_by_needs=by_needs,
        waiting_by_week=tuple(played.waiting_by_week),
    )


def _by_needs(played: Played) -> dict[str, tuple[int, int]]:
    came: Counter[int] = Counter()
    served: Counter[int] = Counter()
    for one in played.stays:
        group = min(one.wishes, MANY_NEEDS)
        came[group] += 1
        served[group] += one.fit is not None
    return {f"{group}+" if group == MANY_NEEDS else str(group): (served[group], came[group]) for group in sorted(came)}


def _spread(groups: Sequence[tuple[int, int]]) -> float | None:
    shares = [served / came for served, came in groups if came >= _SMALLEST_GROUP]
    return round(max(shares) - min(shares), 4) if len(shares) > 1 else None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(numbers: Iterable[float]) -> float | None:
    found = list(numbers)
    return round(fmean(found), 4) if found else None
