"""Programs drawn by hypothesis, as a run sees them; and its objective, counted without the solver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import strategies as st

from services.matching.domain.instance import Former, Instance
from services.matching.domain.planning import FAILED_ON, Dial, better, lot
from services.matching.domain.profile import Profile
from services.matching.domain.questions import Question
from services.matching.domain.roster import Settings
from services.matching.domain.scoring import fit
from shared.kernel.ids import couple

TOPICS = ["lye", "scents", "moulds", "colours", "trade"]
QUESTIONS = (
    Question("pace", "scale", low=1, high=5, weight=2, use="soft", deep=True),
    Question("style", "multi-choice", size=4, weight=1, use="soft"),
    Question("faith", "choice", size=3, weight=1, use="soft", protected=True),
    Question("wants", "ranked", asked="mentee", size=4, weight=3, use="soft", against="style"),
    Question("place", "choice", size=2, use="hard"),
)
_HOURS = [0, 0b1111, 0b11111111 << 8, (1 << 60) - 1, 0b1111 << 600]

Couple = tuple[str, str]
"""(mentor_id, mentee_id)"""


def some(choices: list[Any], least: int = 0, most: int | None = None) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(choices), min_size=least, max_size=most or len(choices), unique=True)


@st.composite
def people(draw: st.DrawFn, name: str) -> Profile:
    topics, needs = draw(some(TOPICS, 1)), draw(some(TOPICS, 0, 3))
    hours = draw(st.sampled_from(_HOURS))
    replies: dict[str, Any] = {}
    if draw(st.booleans()):
        places = st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True).map(tuple)
        replies = {"pace": draw(st.integers(1, 5)), "style": draw(places), "faith": draw(st.integers(1, 3))}
        replies |= {"wants": draw(places), "place": draw(st.integers(1, 2))}
    return Profile(
        name,
        name,
        {one: one for one in topics},
        {one: one for one in needs},
        frozenset(draw(some(["en", "de", "fr"], 1, 2))),
        "UTC",
        draw(st.tuples(*[st.sampled_from([0, 4, 23, -32, 48])] * 2)),
        frozenset(draw(some(["a0", "e0", "e1"], 0, 1))),
        hours=(hours, hours >> 4) if hours else (),
        replies=replies,
        counts=frozenset(draw(some(["faith"]))),
    )


@st.composite
def instances(draw: st.DrawFn, most: int = 4) -> Instance:
    """Up to so many mentors and mentees, some alike, with every rule and wish there is."""
    mentors = tuple(draw(people(f"a{at}")) for at in range(draw(st.integers(0, most))))
    mentees = tuple(draw(people(f"e{at}")) for at in range(draw(st.integers(0, most))))
    settings = Settings(
        shared_language=draw(st.booleans()),
        hours_apart=draw(st.sampled_from([2, 6, 24])),
        hours_shared=draw(st.sampled_from([0, 1])),
        questions=QUESTIONS[: draw(st.integers(0, len(QUESTIONS)))],
        min_score=draw(st.sampled_from([0, 0, 0.3])),
    )
    couples = [couple(mentor.person_id, mentee.person_id) for mentor in mentors for mentee in mentees]
    part = st.sampled_from([None, 0.0, 0.5, 1.0])
    parts = st.fixed_dictionaries(dict.fromkeys(("hours", "needs", "languages"), part))
    former = st.builds(Former, st.just("a9"), st.sampled_from([*FAILED_ON, "other"]), parts)
    names = [one.person_id for one in mentors]
    instance = Instance(
        settings,
        mentors,
        mentees,
        room={name: draw(st.integers(0, 3)) for name in names},
        load={name: draw(st.integers(0, 2)) for name in names},
        since={one.person_id: f"2026-03-0{draw(st.integers(1, 3))}" for one in mentees},
        apart=frozenset(draw(some(couples)) if couples else ()),
        former={one.person_id: draw(former) for one in mentees if draw(st.booleans())},
        new_mentors=frozenset(draw(some(names)) if names else ()),
    )
    able = [two for two in allowed(instance) if instance.places(two[0])]
    locked = (draw(st.sampled_from(able)),) if able and draw(st.booleans()) else ()
    return replace(instance, locked=locked)


def allowed(instance: Instance) -> list[Couple]:
    """The couples that a run may propose, by the rules as they are written for one couple."""
    return [
        (mentor.person_id, mentee.person_id)
        for mentee in instance.mentees
        for mentor in instance.mentors
        if instance.objection(mentor, mentee) is None
        and fit(mentor, mentee, instance.settings).score >= instance.settings.min_score
    ]


def worths(instance: Instance, dial: Dial) -> dict[Couple, float]:
    """What each couple that may be proposed is worth, by the formulas as they are written for one couple."""
    mentors = {one.person_id: one for one in instance.mentors}
    bound = {mentee_id for _, mentee_id in instance.locked}
    mentees = {one.person_id: one for one in instance.mentees if one.person_id not in bound}
    may = [two for two in allowed(instance) if two[1] in mentees]
    open_to_all = replace(
        instance,
        apart=frozenset(),
        mentors=tuple(replace(one, do_not_pair=frozenset()) for one in instance.mentors),
        mentees=tuple(replace(one, do_not_pair=frozenset()) for one in instance.mentees),
    )
    options = Counter(mentee_id for _, mentee_id in allowed(open_to_all))
    queue = sorted(mentees, key=lambda name: (instance.since[name], lot(dial.seed, name)))
    found = {}
    for mentor_id, mentee_id in may:
        patience = 1 - queue.index(mentee_id) / max(len(queue) - 1, 1)
        urgency = dial.urgency(patience, options[mentee_id])
        fitting = fit(mentors[mentor_id], mentees[mentee_id], instance.settings)
        former = instance.former.get(mentee_id)
        no_better = former is not None and better(former, fitting.parts) is False
        found[mentor_id, mentee_id] = dial.worth(fitting.score, no_better, urgency)
    return found


def objective(instance: Instance, worth: Mapping[Couple, float], pairs: Iterable[Couple]) -> tuple[int, float]:
    """How many are served, and what that is worth. Each pair that a mentor has already counts a hundred-thousandth."""
    had = Counter(instance.load) + Counter(mentor_id for mentor_id, _ in instance.locked)
    served, total = 0, 0.0
    for mentor_id, mentee_id in pairs:
        served, total = served + 1, total + worth[mentor_id, mentee_id] - had[mentor_id] / 100_000
        had[mentor_id] += 1
    return served, total


def free(instance: Instance) -> dict[str, int]:
    """The places that are left beside the locked pairs."""
    taken = Counter(mentor_id for mentor_id, _ in instance.locked)
    return {one.person_id: max(0, instance.places(one.person_id) - taken[one.person_id]) for one in instance.mentors}


def assignments(pairs: Iterable[Couple], room: Mapping[str, int]) -> Iterator[tuple[Couple, ...]]:
    """Every way to give each mentee one mentor at most, within their room."""
    by_mentee: dict[str, list[str]] = {}
    for mentor_id, mentee_id in pairs:
        by_mentee.setdefault(mentee_id, []).append(mentor_id)
    choices = [[None, *((mentor_id, mentee_id) for mentor_id in some)] for mentee_id, some in by_mentee.items()]
    for chosen in product(*choices):
        made = tuple(two for two in chosen if two)
        taken = Counter(mentor_id for mentor_id, _ in made)
        if all(taken[name] <= room[name] for name in taken):
            yield made
