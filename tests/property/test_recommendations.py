"""What holds of every recommendation, whoever signed up with whatever answers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.domain.hours import lived
from services.matching.domain.profile import Profile, profile
from services.matching.domain.questions import Question
from services.matching.domain.recommending import recommend
from services.matching.domain.roster import Roster, Settings, Signup
from services.matching.domain.rules import Known, objection
from services.matching.domain.scoring import fit
from services.matching.solver import solve
from shared.kernel.events import Data, Occasion
from shared.kernel.ids import couple

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOPICS = ["lye", "scents", "moulds", "colours", "trade", "safety"]
ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Lima", "Pacific/Auckland"]


def some(choices: list[str], least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(choices), min_size=least, max_size=len(choices), unique=True)


ANSWERS = st.fixed_dictionaries(
    {
        "topics": some(TOPICS, 1),
        "needs": some(TOPICS),
        "languages": some(["en", "de", "fr"], 1),
        "timezone": st.sampled_from(ZONES),
        "do_not_pair": some(["a0", "e0", "e1"]),
    }
)
PERSON = st.fixed_dictionaries(
    {
        "answers": ANSWERS,
        "capacity": st.integers(1, 4),
        "status": st.sampled_from(["active", "active", "active", "paused", "withdrawn"]),
        "adult": st.sampled_from([True, True, True, False]),
        "since": st.integers(0, 3),
        "sanctioned": st.sampled_from([False, False, False, True]),
        "current": st.sampled_from([0, 0, 0, 1]),
    }
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Roster, Data]:
    """A roster of up to 6 mentors and 6 mentees, and the facts about them."""
    mentors = draw(st.lists(PERSON, max_size=6))
    mentees = draw(st.lists(PERSON, max_size=6))
    people = {f"a{at}": ("mentor", one) for at, one in enumerate(mentors)}
    people |= {f"e{at}": ("mentee", one) for at, one in enumerate(mentees)}
    couples = [couple(f"a{one}", f"e{other}") for one in range(len(mentors)) for other in range(len(mentees))]
    apart = draw(st.lists(st.sampled_from(couples), unique=True)) if couples else []
    thirds = [set(apart[start::3]) for start in range(3)]
    rules = Settings(
        draw(st.integers(1, 3)), shared_language=draw(st.booleans()), hours_apart=draw(st.sampled_from([2, 6, 24]))
    )
    roster = Roster("p1", "soap", open=True, settings=rules, met=thirds[0], barred_couples=thirds[1])
    for name, (role, one) in people.items():
        since = f"2026-03-0{one['since'] + 1}T00:00:00.000Z"
        capacity = one["capacity"] if role == "mentor" else 1
        roster.signups[name] = Signup(
            name, name, role, capacity, one["adult"], since, "", {"event": name}, one["status"], one["current"]
        )
    facts = {
        "profiles": {name: told(name, one["answers"]) for name, (_, one) in people.items()},
        "standing": {name: {"sanction": {"until": None}} for name, (_, one) in people.items() if one["sanctioned"]},
        "blocked": thirds[2],
        "solve": solve,
    }
    return roster, facts


def told(name: str, said: Mapping[str, Any]) -> Profile:
    """As they are in a single week."""
    return lived({name: profile(name, name, said)}, 1, NOW)[name]


def run(roster: Roster, facts: Data, **how: Any) -> Data:
    return recommend(roster, how, Occasion(NOW, "command", facts=facts))[0].data


def known(roster: Roster, facts: Data) -> Known:
    return Known.at(NOW, roster, facts)


@settings(max_examples=60, deadline=None)
@given(situations(), st.sampled_from([0, 0.25, 1]))
def test_no_recommendation_breaks_a_hard_rule(situation: tuple[Roster, Data], fairness: float) -> None:
    """P-08, BL-07: every proposal passes the rules of pairing by hand, in any order, with the places others take."""
    roster, facts = situation
    seen = known(roster, facts)
    for one in run(roster, facts, fairness=fairness)["pairs"]:
        assert objection(seen, one["mentor_id"], one["mentee_id"]) is None
        assert 0 <= one["score"] <= 1
        for role in ("mentor", "mentee"):
            signup = roster.signups[one[f"{role}_id"]]
            assert (signup.role, signup.status, signup.adult) == (role, "active", True)
            assert signup.person_id not in facts["standing"]
        two = couple(one["mentor_id"], one["mentee_id"])
        assert two not in roster.met | roster.barred_couples | facts["blocked"]
        seen.taken.update((one["mentor_id"], one["mentee_id"]))


@settings(max_examples=60, deadline=None)
@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_means_nothing(situation: tuple[Roster, Data], chance: random.Random) -> None:
    """P-09: the same people in another order are the same run, to the byte."""
    roster, facts = situation
    before = run(roster, facts)
    roster.signups = dict(chance.sample(sorted(roster.signups.items(), key=lambda one: one[0]), len(roster.signups)))
    mixed = dict(chance.sample(sorted(facts["profiles"].items(), key=lambda one: one[0]), len(facts["profiles"])))
    assert run(roster, {**facts, "profiles": mixed}) == before


@settings(max_examples=60, deadline=None)
@given(ANSWERS, ANSWERS, st.sampled_from(TOPICS), st.sampled_from(["mentor", "topics", "needs"]))
def test_ticking_a_box_that_the_other_did_not_never_raises_a_score(
    mentor: Data, mentee: Data, box: str, where: str
) -> None:
    """P-08: neither for a mentor's topics nor for a mentee's topics or needs."""
    wanted = set(mentee["topics"]) | set(mentee["needs"])
    before = fit(told("a", mentor), told("e", mentee)).score
    if where == "mentor" and box not in wanted:
        mentor = {**mentor, "topics": [*mentor["topics"], box]}
    elif where == "topics" and box not in mentor["topics"]:
        mentee = {**mentee, "topics": [*mentee["topics"], box]}
    elif where == "needs" and box not in mentor["topics"] and mentee["needs"]:
        mentee = {**mentee, "needs": [*mentee["needs"], box]}
    assert fit(told("a", mentor), told("e", mentee)).score <= before


@settings(max_examples=60, deadline=None)
@given(ANSWERS, ANSWERS)
def test_ticking_every_box_never_beats_ticking_those_that_matter(mentor: Data, mentee: Data) -> None:
    """P-08: for either side, against somebody who ticked just what they share."""
    wanted = list(dict.fromkeys([*mentee["topics"], *mentee["needs"]]))
    every = fit(told("a", {**mentor, "topics": TOPICS}), told("e", mentee)).score
    assert every <= fit(told("a", {**mentor, "topics": wanted}), told("e", mentee)).score
    shared = [topic for topic in TOPICS if topic in mentor["topics"]]
    greedy = {**mentee, "needs": TOPICS, "topics": TOPICS}
    modest = {**mentee, "needs": shared, "topics": shared}
    assert fit(told("a", mentor), told("e", greedy)).score <= fit(told("a", mentor), told("e", modest)).score


@settings(max_examples=60, deadline=None)
@given(ANSWERS, some(TOPICS, 1))
def test_what_topics_give_is_one_whole_however_many_are_ticked(mentor: Data, more: list[str]) -> None:
    """P-08: over all who chose a single topic, more boxes spread the same whole; they do not add to it."""
    singles = [told(topic, {**mentor, "topics": [topic], "needs": []}) for topic in TOPICS]
    wide = {**mentor, "topics": list(dict.fromkeys([*mentor["topics"], *more]))}
    for one in (mentor, wide):
        assert abs(sum(fit(told("a", one), single).topics for single in singles) - 1) < 1e-9


QUESTION = Question("style", "multi-choice", size=6, use="soft")
ASKED = Settings(questions=(QUESTION,))
BOXES = st.sets(st.integers(1, 6), min_size=1)
WEEKS = st.integers(1, (1 << 40) - 1)


@settings(max_examples=60, deadline=None)
@given(ANSWERS, ANSWERS, BOXES, BOXES, st.integers(1, 6), st.booleans())
def test_nor_does_a_box_of_a_programs_own_question(
    mentor: Data, mentee: Data, theirs: set[int], own: set[int], box: int, of_the_mentor: bool
) -> None:
    """P-08: a box that the other did not tick never raises a score; all boxes never beat those that both mean."""

    def score(offered: set[int], wanted: set[int]) -> float:
        one = replace(told("a", mentor), replies={"style": tuple(sorted(offered))})
        other = replace(told("e", mentee), replies={"style": tuple(sorted(wanted))})
        return fit(one, other, ASKED).score

    if of_the_mentor and box not in own:
        assert score(theirs | {box}, own) <= score(theirs, own)
    if not of_the_mentor and box not in theirs:
        assert score(theirs, own | {box}) <= score(theirs, own)
    assert score(set(range(1, 7)), own) <= score(own, own)


@settings(max_examples=60, deadline=None)
@given(ANSWERS, ANSWERS, WEEKS, WEEKS, WEEKS)
def test_nor_do_hours_at_which_the_other_has_no_time(
    mentor: Data, mentee: Data, theirs: int, own: int, more: int
) -> None:
    """P-08: being free all week is worth no more than being free when the other is."""

    def score(one: int, other: int) -> float:
        return fit(replace(told("a", mentor), hours=(one,)), replace(told("e", mentee), hours=(other,))).score

    assert score(theirs | more & ~own, own) == score(theirs, own)
    assert score((1 << 672) - 1, own) == score(own, own)
