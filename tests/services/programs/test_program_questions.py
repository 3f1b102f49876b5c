"""A program's own questions: from its template or its admin, sealed in words, in clear as a skeleton (P-04, P-05)."""

from __future__ import annotations

from typing import Any

import pytest

from services.programs.domain.questioning import fit_questions
from services.programs.service import TABLE
from services.programs.templates import templates
from shared.contracts import programs_api as api
from shared.contracts.questions import QuestionSkeleton
from shared.kernel.events import Data
from shared.testing.scenario import Scenario, person

ADMIN = person("ada", admin_of="soap")
MEMBER = person("mia")
NEW = {"group_id": "soap", "template_id": "skill-development", "title": "Cold process"}
BASE = {"id": "one", "type": "choice", "for": "both", "label": "Which oil?", "choices": ["Olive", "Palm"]}


@pytest.fixture
def scenario() -> Scenario:
    return Scenario(TABLE)


def created(scenario: Scenario, *questions: Data) -> dict[str, str]:
    asked = {"questions": list(questions)} if questions else {}
    return {"program_id": str(scenario.given("create_program", {**NEW, **asked}, ADMIN).answer["program_id"])}


@pytest.mark.parametrize("template", sorted(templates()))
def test_every_template_asks_what_can_be_compared(template: str) -> None:
    """P-01, P-05: its questions fit, at least one counts in the score, and there are examples of a goal."""
    found = templates()[template]
    assert not api.Template().validate({name: value for name, value in found.items() if name != "format"})
    fit_questions(found["questions"])
    assert any(one["use"] == "soft" and one["weight"] for one in found["questions"])
    assert len(found["goal_examples"]) >= 3


def test_a_program_asks_what_its_template_asks(scenario: Scenario) -> None:
    """The words are sealed, matching is told ids and numbers, and members read what they will be asked."""
    program = created(scenario)
    event = scenario.events()[0]
    assert "beginners" not in str(event.data)
    skeletons = event.data["settings"]["questions"]
    assert not QuestionSkeleton(many=True).validate(skeletons)
    level = next(one for one in skeletons if one["id"] == "level")
    assert (level["asked"], level["size"], level["against"], level["use"]) == ("mentee", 4, "teaches-level", "soft")
    scenario.when("open_program", program, ADMIN)
    assert scenario.events()[0].data["settings"]["questions"] == skeletons
    shown = scenario.ask("program", program, MEMBER)
    assert not api.Program().validate({name: value for name, value in shown.items() if name != "_etag"})
    assert shown["questions"] == templates()["skill-development"]["questions"]
    assert shown["goal_prompt"] == "What is the one thing that you want from these 8 weeks?"
    assert shown["goal_examples"]
    assert "questions" not in shown["settings"]


def test_an_admin_asks_their_own_and_asks_them_anew(scenario: Scenario) -> None:
    """P-04: in place of the template's; a revision that does not name them keeps them."""
    program = created(scenario, {**BASE, "use": "hard", "weight": 9})
    scenario.when("revise_program", {**program, "title": "Hot process"}, ADMIN).then("ProgramRevised")
    assert [one["id"] for one in scenario.events()[0].data["settings"]["questions"]] == ["one"]
    scenario.when("revise_program", {**program, "questions": [{**BASE, "id": "two", "use": "soft"}]}, ADMIN)
    revised = scenario.events()[0]
    skeleton = revised.data["settings"]["questions"][0]
    assert skeleton == {
        "id": "two",
        "type": "choice",
        "asked": "both",
        "size": 2,
        "low": 0,
        "high": 0,
        "weight": 1,
        "use": "soft",
        "against": None,
        "protected": False,
        "deep": False,
    }
    assert "Olive" not in str(revised.data)
    assert [one["label"] for one in scenario.ask("program", program, ADMIN)["questions"]] == ["Which oil?"]
    scenario.when("revise_program", {**program, "questions": []}, ADMIN)
    assert scenario.ask("program", program, ADMIN)["questions"] == []
    copy = {"program_id": str(scenario.given("duplicate_program", program, ADMIN).answer["program_id"])}
    assert scenario.ask("program", copy, ADMIN)["questions"] == []


def theirs(**more: Any) -> Data:
    return {**BASE, "for": "mentee", "against": "two", **more}


def mentors(**more: Any) -> Data:
    return {**BASE, "id": "two", "for": "mentor", **more}


UNFIT: list[list[Data]] = [
    [BASE, BASE],
    [{**BASE, "choices": ["Olive", "Olive"]}],
    [{name: value for name, value in BASE.items() if name != "choices"}],
    [{**BASE, "type": "text"}],
    [{"id": "one", "type": "scale", "for": "both", "label": "?", "min": 5, "max": 1}],
    [{"id": "one", "type": "scale", "for": "both", "label": "?", "max": 5}],
    [{**BASE, "min": 1, "max": 5}],
    [{"id": "one", "type": "text", "for": "both", "label": "?", "use": "soft"}],
    [{**BASE, "for": "mentor", "use": "soft"}],
    [{**BASE, "for": "mentee", "use": "hard"}],
    [{**BASE, "use": "hard", "protected": True}],
    [theirs()],
    [theirs(), mentors(**{"for": "both"})],
    [{**theirs(), "for": "both"}, mentors()],
    [theirs(), mentors(choices=["Olive", "Palm", "Hemp"])],
    [theirs(), {"id": "two", "type": "scale", "for": "mentor", "label": "?", "min": 1, "max": 2}],
    [theirs(protected=True), mentors()],
]


@pytest.mark.parametrize("questions", UNFIT)
def test_questions_that_cannot_be_asked_or_compared_are_refused(scenario: Scenario, questions: list[Data]) -> None:
    """The refusal names the question, at the making and at the revising."""
    scenario.when("create_program", {**NEW, "questions": questions}, ADMIN).refused("unfit-questions")
    program = created(scenario)
    scenario.when("revise_program", {**program, "questions": questions}, ADMIN).refused("unfit-questions")
    assert scenario.refusal is not None
    assert set(scenario.refusal.extra["errors"]["questions"]) <= {"one", "two"}
    assert "Olive" not in str(scenario.refusal.as_problem())


def test_a_question_is_compared_with_one_that_is_worded_for_the_other_side(scenario: Scenario) -> None:
    """As many choices, in the same order, in other words."""
    made = created(scenario, theirs(use="soft", type="ranked"), mentors(choices=["I have olive", "I have palm"]))
    assert len(scenario.ask("program", made, ADMIN)["questions"]) == 2


@pytest.mark.parametrize("wrong", [{"weight": 11}, {"use": "maybe"}, {"label": ""}, {"id": "Not An Id"}, {"colour": 1}])
def test_a_question_keeps_its_bounds(scenario: Scenario, wrong: Data) -> None:
    """SE-04, SE-06."""
    scenario.when("create_program", {**NEW, "questions": [{**BASE, **wrong}]}, ADMIN).refused("invalid-input")


def test_skeletons_are_nobodys_to_send(scenario: Scenario) -> None:
    """What matching is told follows from the questions alone."""
    scenario.when("create_program", {**NEW, "settings": {"questions": []}}, ADMIN).refused("invalid-input")
