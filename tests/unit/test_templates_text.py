"""The guides that ship with the house (P-01): they parse, they are whole, and no step is filler for another."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "services" / "programs" / "templates"
WEEKS = {"career-advancement": 24, "skill-development": 8, "encouragement-and-support": 12, "learn-the-ropes": 8}
KEYS = {
    "format",
    "id",
    "title",
    "summary",
    "audience",
    "weeks",
    "commitment",
    "goal_examples",
    "questions",
    "steps",
    "closing_questions",
}
STEP_KEYS = {"id", "week", "title", "purpose", "together", "mentor_prompt", "mentee_prompt", "check_in", "closing"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SHORTEST = 40


def load(name: str) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.fixture(params=sorted(WEEKS))
def template(request: pytest.FixtureRequest) -> dict[str, Any]:
    return load(request.param)


def test_the_four_templates_are_there():
    """P-01: exactly the four promised templates ship, each under the name of its id."""
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(WEEKS)
    assert all(load(name)["id"] == name for name in WEEKS)


def test_a_template_has_exactly_the_known_fields(template):
    """P-27: a template of format 1 has the fields of the format, none missing and none more."""
    assert template["format"] == 1
    assert set(template) == KEYS
    assert all(template[key].strip() for key in ("title", "summary", "audience"))


def test_the_commitment_can_be_agreed_to(template):
    """Product §3: the commitment names hours, channel and reply time in values the system knows."""
    commitment = template["commitment"]
    assert set(commitment) == {"hours_per_week", "channel", "reply_within_days"}
    assert 0 < commitment["hours_per_week"] <= 5
    assert commitment["channel"] in {"chat", "call", "in-person"}
    assert 1 <= commitment["reply_within_days"] <= 7


def test_questions_can_be_asked_and_answered(template):
    """P-04: every question has a unique id, a known type and side, and what its type needs to be answered."""
    questions = template["questions"]
    assert len({question["id"] for question in questions}) == len(questions)
    listed = {"choices"}
    needs = {"text": set(), "choice": listed, "multi-choice": listed, "ranked": listed, "scale": {"min", "max"}}
    for_matching = {"against", "use", "weight", "deep", "protected"}
    for question in questions:
        assert SLUG.fullmatch(question["id"])
        assert question["for"] in {"mentor", "mentee", "both"}
        assert question["label"].strip()
        assert set(question) - for_matching == {"id", "type", "for", "label"} | needs[question["type"]], question["id"]
        choices = question.get("choices", ["one", "two"])
        assert len(choices) == len(set(choices)) >= 2
        assert all(isinstance(choice, str) for choice in choices), "a bare yes or no would be read as a boolean"
        assert question.get("min", 1) < question.get("max", 2)


def test_steps_are_one_a_week_with_unique_ids(template):
    """P-01: 8 to 24 weekly steps, numbered 1 to n without a gap, each under its own slug."""
    steps = template["steps"]
    assert 8 <= len(steps) <= 24
    assert len(steps) == template["weeks"] == WEEKS[template["id"]]
    assert [step["week"] for step in steps] == list(range(1, len(steps) + 1))
    assert len({step["id"] for step in steps}) == len(steps)
    assert all(SLUG.fullmatch(step["id"]) for step in steps)


def test_every_step_has_a_purpose_and_words_for_both_sides(template):
    """P-01: each step says why it exists, what to do, and gives both sides a prompt of real length."""
    for step in template["steps"]:
        assert set(step) == STEP_KEYS, step["id"]
        for field in ("purpose", "together", "mentor_prompt", "mentee_prompt"):
            assert len(step[field].strip()) >= SHORTEST, (step["id"], field)
        assert step["title"].strip()
        assert step["check_in"].endswith("?"), step["id"]


def test_only_the_last_step_closes(template):
    """P-19: exactly one closing step, the last one, which asks both about contact afterwards."""
    assert [step["closing"] for step in template["steps"]] == [False] * (template["weeks"] - 1) + [True]
    assert "contact afterwards" in template["steps"][-1]["together"]
    assert len(template["closing_questions"]) >= 3
    assert all(isinstance(question, str) and question.strip() for question in template["closing_questions"])


def test_no_two_steps_share_their_words():
    """P-01: no purpose, prompt or check-in is used twice, within a template or across the four."""
    steps = [step for name in WEEKS for step in load(name)["steps"]]
    fields = ("purpose", "together", "mentor_prompt", "mentee_prompt", "check_in")
    words = Counter(" ".join(step[field].lower().split()) for step in steps for field in fields)
    assert [text for text, times in words.items() if times > 1] == []


def test_every_template_tells_people_how_to_stay_safe(template):
    """P-15, P-16: the guide itself says that one may pause, block or report."""
    text = " ".join(step["together"] for step in template["steps"]).lower()
    assert all(re.search(word, text) for word in (r"\bpaus", r"\bblock", r"\breport", r"\bmoney|\baddress"))


def test_support_names_its_limits():
    """A peer is no therapist: the support guide points to crisis lines and emergency help early and more than once."""
    steps = load("encouragement-and-support")["steps"]
    crisis = [step["week"] for step in steps if "crisis line" in step["together"]]
    assert min(crisis) <= 2
    assert len(crisis) >= 2
