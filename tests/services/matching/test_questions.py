"""A program's own questions: what may be replied, and how replies are compared (P-04, P-08)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.domain.profile import Profile, profile
from services.matching.domain.questions import Question, agree, likeness
from services.matching.domain.scoring import weight_of
from shared.application.footprint import entry
from shared.kernel.actor import Actor
from shared.kernel.errors import Refusal
from shared.kernel.events import Data
from shared.testing.scenario import person
from tests.services.matching.story import ADMIN, OUTLINE, PROGRAM, SETTINGS, Story, answers


def asked(id: str, type: str, **more: Any) -> Data:
    told = {"id": id, "type": type, "asked": "both", "size": 0, "low": 0, "high": 0, "weight": 5, "use": "soft"}
    return {**told, "against": None, "protected": False, "deep": False, **more}


STAGE = asked("stage", "choice", size=4)
LIKES = asked("likes", "multi-choice", size=5)
WANTS = asked("wants", "ranked", size=5, asked="mentee", against="gives")
GIVES = asked("gives", "multi-choice", size=5, asked="mentor", use="none")
PACE = asked("pace", "scale", low=1, high=5)
WHY = asked("why", "text", use="none")
AGE = asked("age", "choice", size=4, protected=True)
ALL = [STAGE, LIKES, WANTS, GIVES, PACE, WHY, AGE]
SIGN_UP = {**PROGRAM, "role": "mentee", "adult": True}
SOME = st.lists(st.integers(1, 5), min_size=1, max_size=5, unique=True)


def says(who: str, replies: Data, counts: list[str] | None = None, questions: list[Data] | None = None) -> Profile:
    known = [Question.of(one) for one in (ALL if questions is None else questions)]
    return profile(who, "e", answers(replies=replies, counts=counts), known)


def alike(question: Data, mentor: Any, mentee: Any) -> float | None:
    found = Question.of(question)
    return likeness(found, says("a", {found.other: mentor}), says("e", {found.id: mentee}))


@pytest.mark.parametrize(
    ("question", "mentor", "mentee", "worth"),
    [
        (STAGE, 2, 2, 1),
        (STAGE, 2, 3, 0),
        (LIKES, [1, 2], [2, 1], 1),
        (LIKES, [1, 2, 3, 4], [1, 2], 0.5),
        (LIKES, [1], [1, 2], 0.5),
        (WANTS, [4], [4, 1, 2], 6 / 11),
        (WANTS, [1], [4, 1, 2], 3 / 11),
        (WANTS, [1, 2, 4], [4, 1, 2], 1),
        (WANTS, [1, 2, 3, 4, 5], [4, 1, 2], 110 / 137),
        (PACE, 1, 5, 0),
        (PACE, 2, 3, 0.75),
    ],
)
def test_two_replies_are_worth_between_nothing_and_one(question: Data, mentor: Any, mentee: Any, worth: float) -> None:
    """P-08: by type; a ranked reply weighs 1, 1/2, 1/3, and who ticks everything is thinned out."""
    assert alike(question, mentor, mentee) == pytest.approx(worth)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([LIKES, WANTS]), SOME, SOME, st.integers(1, 5))
def test_a_box_that_the_other_did_not_tick_never_makes_replies_more_alike(
    question: Data, mentor: list[int], mentee: list[int], box: int
) -> None:
    """P-08: for either side; and ticking every box never beats ticking those that matter."""
    before = alike(question, mentor, mentee)
    assert before is not None
    assert 0 <= before <= 1
    if box not in {*mentor, *mentee}:
        assert (alike(question, [*mentor, box], mentee) or 0) <= before
        assert (alike(question, mentor, [*mentee, box]) or 0) <= before
    assert (alike(question, [1, 2, 3, 4, 5], mentee) or 0) <= (alike(question, mentee, mentee) or 0) == 1


def test_what_one_of_two_was_not_asked_or_did_not_say_is_not_compared() -> None:
    """A text, a question for mentors alone, and a missing reply are unknown, which is not the same as unlike."""
    both = says("a", {"stage": 1, "gives": [1], "why": "because"}), says("e", {"pace": 1})
    assert [likeness(Question.of(one), *both) for one in ALL] == [None] * len(ALL)
    assert "why" not in both[0].replies
    assert all(agree(Question.of({**one, "use": "hard"}), *both) for one in ALL)


def test_a_hard_question_asks_for_something_in_common() -> None:
    """One choice that both made; on a scale no more than half of it between them."""
    for question, mentor, mentee, fits in ((LIKES, [1, 2], [2, 3], True), (LIKES, [1], [2], False),
                                           (PACE, 1, 3, True), (PACE, 1, 4, False)):  # fmt: skip
        hard = Question.of({**question, "use": "hard"})
        assert agree(hard, says("a", {hard.id: mentor}), says("e", {hard.id: mentee})) is fits


def test_only_what_is_soft_and_comparable_weighs_in_the_score() -> None:
    """What is hard has been asked already; who somebody is weighs three times what group they belong to."""
    assert [weight_of(Question.of(one)) for one in (PACE, {**PACE, "use": "hard"}, GIVES, {**WHY, "use": "soft"})] == [
        5,
        0,
        0,
        0,
    ]
    assert weight_of(Question.of({**PACE, "deep": True})) == 15


def test_a_protected_trait_counts_only_where_both_wish_it() -> None:
    """P-08: whatever both replied; the wish of one is not enough for the other's trait."""
    question = Question.of(AGE)
    silent, other = says("a", {"age": 2}), says("e", {"age": 2})
    assert likeness(question, silent, other) is None
    willing, other_willing = says("a", {"age": 2}, counts=["age"]), says("e", {"age": 2}, counts=["age"])
    assert likeness(question, silent, other_willing) is None
    assert likeness(question, willing, other) is None
    assert likeness(question, willing, other_willing) == 1


def test_a_reply_that_no_longer_fits_is_left_out() -> None:
    """The question was made smaller, or is another one now."""
    smaller = [{**STAGE, "size": 1}, {**PACE, "type": "ranked", "size": 3}]
    assert says("e", {"stage": 2, "pace": 3, "likes": [1]}, questions=smaller).replies == {}


@pytest.mark.parametrize(
    ("role", "wrong", "named"),
    [
        ("mentee", {"replies": {"shoe-size": 3}}, "shoe-size"),
        ("mentee", {"replies": {"gives": [1]}}, "gives"),
        ("mentor", {"replies": {"wants": [1]}}, "wants"),
        ("mentee", {"replies": {"stage": 5}}, "stage"),
        ("mentee", {"replies": {"stage": 0}}, "stage"),
        ("mentee", {"replies": {"stage": [1]}}, "stage"),
        ("mentee", {"replies": {"likes": 1}}, "likes"),
        ("mentee", {"replies": {"likes": []}}, "likes"),
        ("mentee", {"replies": {"wants": [1, 1]}}, "wants"),
        ("mentee", {"replies": {"wants": [6]}}, "wants"),
        ("mentee", {"replies": {"pace": 6}}, "pace"),
        ("mentee", {"replies": {"why": 1}}, "why"),
        ("mentee", {"replies": {"pace": "somewhat private"}}, "pace"),
        ("mentee", {"counts": ["stage"]}, "stage"),
    ],
)
def test_a_reply_that_does_not_fit_is_refused_by_the_name_of_its_question(role: str, wrong: Data, named: str) -> None:
    """P-04, SE-04: unknown, of the other role, of the wrong kind or out of range; what was typed is not repeated."""
    story = Story(questions=ALL)
    story.when("sign_up", {**SIGN_UP, "role": role, "answers": answers(**wrong)}, person("mia")).refused("unfit-reply")
    assert story.refusal is not None
    found = story.refusal.extra["errors"]["answers"]
    assert [list(found[part]) for part in found] == [[named]]
    assert "private" not in str(story.refusal.as_problem())


@pytest.mark.parametrize(
    "wrong",
    [
        {"replies": {"Not An Id": 1}},
        {"replies": {"stage": 1.5}},
        {"replies": {"stage": True}},
        {"replies": {"stage": None}},
        {"replies": {"stage": {"$ne": 1}}},
        {"replies": {"why": "x" * 2001}},
        {"replies": {"likes": [1] * 21}},
        {"replies": {f"q{at}": 1 for at in range(41)}},
        {"counts": ["age", "age"]},
        {"hours": [{"weekday": 0, "from": "08:00", "to": "09:00"}]},
        {"hours": [{"weekday": 1, "from": "09:00", "to": "08:00"}]},
        {"hours": [{"weekday": 1, "from": "24:00", "to": "24:00"}]},
        {"hours": [{"weekday": 1, "from": "08:10", "to": "09:00"}]},
        {"hours": [{"weekday": 1, "from": "08:00", "to": "09:00", "where": "here"}]},
        {"hours": [{"weekday": 1, "from": "08:00", "to": "09:00"}] * 43},
    ],
)
def test_replies_and_hours_keep_their_bounds(wrong: Data) -> None:
    """SE-04: whatever the program asks."""
    story = Story(questions=ALL).when("sign_up", {**SIGN_UP, "answers": answers(**wrong)}, person("mia"))
    story.refused("invalid-input")
    assert story.refusal is not None
    assert next(iter(wrong)) in story.refusal.extra["errors"]["answers"]
    assert "Not An Id" not in str(story.refusal.as_problem())


def signed_up(story: Story) -> tuple[Actor, Data]:
    said = answers(
        goal="one loaf that I would give away",
        hours=[{"weekday": 6, "from": "10:00", "to": "12:30"}],
        replies={"stage": 2, "wants": [4, 1], "why": "my grandmother made it", "age": 3},
        counts=["age"],
    )
    mia = person("mia")
    story.when("sign_up", {**SIGN_UP, "answers": said}, mia).then("SignedUp")
    return mia, said


def test_replies_hours_and_wishes_are_sealed_and_read_back_by_their_owner() -> None:
    """PR-01, PR-12: nothing of them stands in clear, all of them stand in one's own copy."""
    story = Story(questions=ALL)
    mia, said = signed_up(story)
    event = story.events()[0]
    for private in ("grandmother", "12:30", "wants", "replies", "counts"):
        assert private not in str(event.data)
    assert story.opened(event)["answers"] == said
    assert story.asks("my_signup", mia)["answers"] == said
    taken_along = entry(event, "mia", story.app.reads.open)
    assert taken_along is not None
    assert taken_along["data"]["answers"] == said


def test_admins_read_replies_but_no_protected_ones() -> None:
    """A protected trait is for the search alone."""
    story = Story(questions=ALL)
    signed_up(story)
    shown = story.asks("signups")["items"][0]["answers"]
    assert shown["replies"] == {"stage": 2, "wants": [4, 1], "why": "my grandmother made it"}
    assert "counts" not in shown


def test_a_hard_question_needs_a_reply_of_both_sides() -> None:
    """On either side of it; who signed up before it was asked stays and may be paired."""
    story = Story()
    for name, role in (("max", "mentor"), ("mia", "mentee")):
        story.joins(name, role)
    hard = [{**WANTS, "use": "hard"}, GIVES]
    story.arrives("programs.ProgramRevised", {**OUTLINE, "settings": {**SETTINGS, "questions": hard}})
    for role, name in (("mentee", "wants"), ("mentor", "gives")):
        story.when("sign_up", {**SIGN_UP, "role": role, "answers": answers()}, person("moe")).refused("unfit-reply")
        assert story.refusal is not None
        assert list(story.refusal.extra["errors"]["answers"]["replies"]) == [name]
    story.pairing("max", "mia").then("PairIntroduced")


def test_new_questions_reach_those_who_are_signed_up_already() -> None:
    """P-04: a sign-up of before stands, and may be changed to hold replies."""
    story = Story()
    mia = story.joins("mia", "mentee")
    story.when("change_signup", {**PROGRAM, "answers": answers(replies={"stage": 1})}, mia).refused("unfit-reply")
    story.arrives("programs.ProgramRevised", {**OUTLINE, "settings": {**SETTINGS, "questions": ALL}})
    story.then("RosterRevised")
    story.when("change_signup", {**PROGRAM, "answers": answers(replies={"stage": 1})}, mia).then("SignupChanged")


def test_a_hard_question_keeps_apart_those_who_do_not_agree() -> None:
    """P-08: by hand as in any other way, with a sentence that tells no reply."""
    story = Story(questions=[{**LIKES, "use": "hard"}])
    story.joins("max", "mentor", replies={"likes": [1, 2]})
    story.joins("mia", "mentee", replies={"likes": [3]})
    story.joins("mel", "mentee", replies={"likes": [2]})
    story.pairing("max", "mia").refused("program-rule")
    candidates = story.asks("candidates", ADMIN, mentee_id="mia")["items"]
    assert candidates == []
    story.pairing("max", "mel").then("PairIntroduced")


def test_an_old_question_with_a_part_that_is_not_known_yet_is_read() -> None:
    """A newer program service may say more."""
    assert Question.of({**STAGE, "colour": "green"}).size == 4
    with pytest.raises(Refusal):
        Story(questions=ALL).given("sign_up", {**SIGN_UP, "answers": answers(replies={"stage": 9})}, person("mia"))
