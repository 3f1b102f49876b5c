"""What the fairness dial would change: one plan for each of five settings, as numbers of which the small are hidden.

(P-10) Nothing is decided or kept: the same instance makes the same run afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.matching.domain.instance import Instance
from services.matching.domain.planning import Solve, plan

DIAL = (0.0, 0.25, 0.5, 0.75, 1.0)
_FEW = 5
"""Nothing is told of fewer people than this."""
_NEEDS = ("1", "2", "3+")


@dataclass(frozen=True, slots=True)
class Setting:
    """`mean_quality` is the mean score of the pairs. What fewer than five people stand behind is None, and so are as

    many shares more as it takes that no hidden one follows from `served` and the others.
    """

    fairness: float
    served: int
    mean_quality: float | None
    longest_waiting_served: float | None
    by_needs: tuple[tuple[str, float | None], ...]


def preview(instance: Instance, seed: int, solve: Solve) -> list[Setting]:
    """The trade-off curve."""
    longest, groups = _longest_waiting(instance), _shown(_by_needs(instance))
    return [_at(instance, fairness, seed, solve, longest, groups) for fairness in DIAL]


def _at(
    instance: Instance,
    fairness: float,
    seed: int,
    solve: Solve,
    longest: Collection[str],
    groups: dict[str, set[str]],
) -> Setting:
    pairs = plan(instance, fairness, seed, solve).pairs
    served = {one.mentee_id for one in pairs}
    quality = round(sum(one.fit.score for one in pairs) / len(pairs), 4) if len(pairs) >= _FEW else None
    by_needs = tuple((name, _share(groups[name], served)) for name in _NEEDS)
    return Setting(fairness, len(served), quality, _share(longest, served), by_needs)


def _longest_waiting(instance: Instance) -> set[str]:
    """The quarter of the mentees who have waited longest."""
    queue = sorted((instance.since.get(one.person_id, ""), one.person_id) for one in instance.mentees)
    return {person_id for _, person_id in queue[: -(-len(queue) // 4)]}


def _by_needs(instance: Instance) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {name: set() for name in _NEEDS}
    for one in instance.mentees:
        groups[_NEEDS[min(max(len(one.wished), 1), len(_NEEDS)) - 1]].add(one.person_id)
    return groups


def _shown(groups: dict[str, set[str]]) -> dict[str, set[str]]:
    """Groups that are not to be shown are empty: the small ones, and the next larger until five people are hidden."""
    hidden: set[str] = set()
    for name in sorted(groups, key=lambda name: len(groups[name])):
        if len(groups[name]) < _FEW or 0 < sum(len(groups[one]) for one in hidden) < _FEW:
            hidden.add(name)
    return {name: set() if name in hidden else people for name, people in groups.items()}


def _share(group: Collection[str], served: Iterable[str]) -> float | None:
    return None if len(group) < _FEW else round(len(set(group) & set(served)) / len(group), 4)
