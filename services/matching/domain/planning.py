"""The best whole assignment: as many as can be served, then quality against waiting as the dial says (P-08, P-10)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.matching.domain.instance import Former, Instance
from services.matching.domain.profile import Profile
from services.matching.domain.roster import DEFAULT_FAIRNESS
from services.matching.domain.scoring import Fit, fit

ALGORITHM = "sparse-2"
"""Named in a run: another way of solving might answer otherwise from the same."""

LONGEST = 0.75
"""The longest-waiting quarter has at least this much patience."""
NO_BETTER = 0.1
_SLIVER = 0.001

FAILED_ON: Mapping[str, tuple[str, ...]] = {
    "schedule": ("hours", "clocks"),
    "mentor-unresponsive": ("hours", "clocks"),
    "language": ("languages",),
    "mismatch": ("questions", "needs"),
}
"""By the reason of an ending the parts of a `Fit` that a new mentor should be better in; the first that is known."""
_MARGIN = 0.001


@dataclass(frozen=True, slots=True)
class Choice:
    """What the solver says of a mentee. `runner_up`: the best other mentor whom the rules allow, free or not."""

    mentor_id: str | None
    runner_up: str | None
    options: int
    """How many mentors the program's rules allow. Wishes, blocks and former pairs do not lessen it: what is said of it

    must read the same with and without them (BL-06).
    """


@dataclass(frozen=True, slots=True)
class Dial:
    """What counts in a run, beside that as many as can be are served. `seed` decides between equals only.

    The formulas are of numbers, or of whole arrays of them.
    """

    fairness: float = DEFAULT_FAIRNESS
    seed: int = 0

    def urgency(self, patience: Any, options: Any) -> Any:
        """0 to 1: most for the quarter that has waited longest, then by the order of waiting, then for who is hard to

        place. `patience` is 1 for who has waited longest and 0 for who came last; `options` how many mentors the rules
        allow, at least 1.
        """
        return 0.5 * (patience >= LONGEST) + 0.3 * patience + 0.2 / options

    def worth(self, score: Any, no_better: Any, urgency: Any) -> Any:
        """-0.1 to 1.01. Either end of the dial leaves the other side a sliver, which decides between equals.

        `no_better`: 1 where a new mentor is not better on the point that the last pair failed on.
        """
        quality = score - NO_BETTER * no_better
        return (1 - self.fairness) * quality + self.fairness * urgency + _SLIVER * (quality + urgency)


Solve = Callable[[Instance, Dial], Mapping[str, Choice]]
"""For each mentee who is not locked what becomes of them. See `services.matching.solver`."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A proposed pair. `runner_up`: (mentor_id, score). Fit and scores are as they may be shown.

    `better`: whether a new mentor fits better on the point that the last pair failed on; None for who had no pair
    before, or one that failed on nothing that a mentor can do better.
    """

    mentee_id: str
    mentor_id: str
    fit: Fit
    runner_up: tuple[str, float] | None
    better: bool | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Alone:
    """Somebody left without a pair. `why`: no-mentor-free, no-mentor-fits, mentors-taken; of mentors no-mentee-left."""

    person_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The pairs, the best score first, and who is left alone: mentees, then mentors."""

    pairs: tuple[Placed, ...]
    alone: tuple[Alone, ...]


def plan(instance: Instance, fairness: float, seed: int, solve: Solve) -> Plan:
    """The same instance, fairness and seed give the same plan, in whatever order people stand in the instance.

    Raises ValueError where the solver broke a hard rule or a capacity; that would be a defect.
    """
    mentors = {one.person_id: one for one in instance.mentors}
    mentees = {one.person_id: one for one in instance.mentees}
    pairs = [_placed(instance, mentors[one], mentees[other], None, locked=True) for one, other in instance.locked]
    alone = []
    for mentee_id, choice in sorted(solve(instance, Dial(fairness, seed)).items()):
        if choice.mentor_id is None:
            alone.append(Alone(mentee_id, _why(instance, choice)))
        else:
            other = None if choice.runner_up is None else mentors[choice.runner_up]
            pairs.append(_placed(instance, mentors[choice.mentor_id], mentees[mentee_id], other))
    taken = Counter(one.mentor_id for one in pairs)
    if any(taken[one.mentor_id] > instance.places(one.mentor_id) for one in pairs if not one.locked):
        raise ValueError("the solver gave a place twice")
    alone += [Alone(mentor_id, "no-mentee-left") for mentor_id in sorted(mentors) if not taken[mentor_id]]
    return Plan(tuple(sorted(pairs, key=lambda one: (-one.fit.score, one.mentee_id))), tuple(alone))


def lot(seed: int, person_id: str) -> bytes:
    """What somebody drew: the order of these decides between equals, and does not depend on how people came."""
    return hashlib.sha256(f"{seed}/{person_id}".encode()).digest()


def better(former: Former, parts: Mapping[str, Any]) -> Any:
    """Whether `parts` (numbers or arrays) are better where the last pair failed; None where that cannot be told: it

    failed on nothing that a mentor can do better, on something unknown, or on what could not be better.
    """
    for name in FAILED_ON.get(former.reason, ()):
        before, now = former.parts.get(name), parts[name]
        if before is not None and now is not None and before < 1:
            return now > before + _MARGIN
    return None


def _placed(
    instance: Instance, mentor: Profile, mentee: Profile, other: Profile | None, *, locked: bool = False
) -> Placed:
    if not locked and instance.objection(mentor, mentee):
        raise ValueError("the solver broke a hard rule")
    settings = instance.settings.shown
    found = fit(mentor, mentee, settings)
    runner_up = None if other is None else (other.person_id, fit(other, mentee, settings).score)
    former = instance.former.get(mentee.person_id)
    improved = None if former is None else better(former, found.parts)
    return Placed(mentee.person_id, mentor.person_id, found, runner_up, improved, locked)


def _why(instance: Instance, choice: Choice) -> str:
    if not any(instance.places(one.person_id) for one in instance.mentors):
        return "no-mentor-free"
    return "mentors-taken" if choice.options else "no-mentor-fits"
