"""Programs: made from templates, revised, opened, closed, archived."""

from __future__ import annotations

import pytest

from services.programs.service import TABLE
from shared.testing.scenario import Scenario, person

ADMIN = person("ada", admin_of="soap")
MEMBER = person("mia")
STRANGER = person("sam", member_of="chess")
NEW = {"group_id": "soap", "template_id": "skill-development", "title": "Cold process", "description": "Winter round"}


@pytest.fixture
def scenario() -> Scenario:
    return Scenario(TABLE)


def created(scenario: Scenario) -> str:
    return str(scenario.given("create_program", NEW, ADMIN).answer["program_id"])


def opened(scenario: Scenario) -> dict[str, str]:
    program = {"program_id": created(scenario)}
    scenario.given("open_program", program, ADMIN)
    return program


def test_an_admin_creates_a_program_from_a_template(scenario: Scenario) -> None:
    """P-01: the program has the template's steps and length, and its words are sealed."""
    scenario.when("create_program", NEW, ADMIN).then("ProgramCreated", template_id="skill-development", guide_version=1)
    event = scenario.events()[0]
    assert len(event.data["step_ids"]) == 8
    assert event.data["settings"]["weeks"] == 8
    assert "Cold process" not in str(event.data)
    assert scenario.opened(event)["title"] == "Cold process"


def test_a_member_cannot_create_a_program(scenario: Scenario) -> None:
    """It takes an admin of the group."""
    scenario.when("create_program", NEW, MEMBER).refused("forbidden")


def test_a_stranger_does_not_learn_of_the_group(scenario: Scenario) -> None:
    """A foreign group answers like one that does not exist."""
    scenario.when("create_program", NEW, STRANGER).refused("not-found")


def test_an_unknown_template_is_refused(scenario: Scenario) -> None:
    """The refusal names what is wrong."""
    scenario.when("create_program", {**NEW, "template_id": "juggling"}, ADMIN).refused("unknown-template")


def test_own_settings_lie_over_the_defaults(scenario: Scenario) -> None:
    """What the admin does not say keeps its default."""
    settings = {"mentees_per_mentor": 2, "check_in": {"hour": 8}}
    scenario.when("create_program", {**NEW, "settings": settings}, ADMIN)
    made = scenario.events()[0].data["settings"]
    assert made["mentees_per_mentor"] == 2
    assert made["check_in"] == {"weekday": 5, "hour": 8}


@pytest.mark.parametrize("field", [{"admin": True}, {"title": {"$ne": None}}, {"title": ""}, {"settings": {"hack": 1}}])
def test_unfit_input_is_refused(scenario: Scenario, field: dict[str, object]) -> None:
    """SE-04, SE-06: unknown fields, wrong types and empty words are refused before anything happens."""
    scenario.when("create_program", {**NEW, **field}, ADMIN).refused("invalid-input")


def test_a_program_is_opened_once(scenario: Scenario) -> None:
    """P-02: draft, open, closed, archived, each once and in this order."""
    program = opened(scenario)
    scenario.when("open_program", program, ADMIN).refused("program-already-open")
    scenario.when("archive_program", program, ADMIN).refused("program-still-open")
    scenario.when("close_program", program, ADMIN).then("ProgramClosed")
    scenario.when("close_program", program, ADMIN).refused("program-not-open")
    scenario.when("archive_program", program, ADMIN).then("ProgramArchived")
    scenario.when("revise_program", {**program, "title": "New"}, ADMIN).refused("program-archived")


def test_a_revision_keeps_what_it_does_not_name(scenario: Scenario) -> None:
    """The event holds the whole new outline."""
    program = opened(scenario)
    scenario.when("revise_program", {**program, "title": "Hot process"}, ADMIN).then("ProgramRevised", guide_version=1)
    words = scenario.opened(scenario.events()[0])
    assert (words["title"], words["description"]) == ("Hot process", "Winter round")


def test_new_steps_are_a_new_version_of_the_guide(scenario: Scenario) -> None:
    """P-02: pairs that have started keep the version they started with."""
    step = {"week": 1, "title": "t", "purpose": "p", "mentor_prompt": "m", "mentee_prompt": "n"}
    steps = [{**step, "id": "one"}, {**step, "id": "two", "week": 2, "closing": True}]
    program = opened(scenario)
    scenario.when("replace_steps", {**program, "steps": steps}, ADMIN)
    scenario.then("ProgramRevised", guide_version=2, step_ids=["one", "two"])
    twice = [steps[0], {**steps[1], "id": "one"}]
    scenario.when("replace_steps", {**program, "steps": twice}, ADMIN).refused("unfit-guide")


def test_a_copy_is_a_draft_with_the_same_words(scenario: Scenario) -> None:
    """P-02: duplicate."""
    program = opened(scenario)
    scenario.when("duplicate_program", {**program, "title": "Spring round"}, ADMIN).then("ProgramCreated")
    words = scenario.opened(scenario.events()[0])
    assert (words["title"], words["description"]) == ("Spring round", "Winter round")
    scenario.when("duplicate_program", program, MEMBER).refused("forbidden")


def test_the_same_key_makes_one_program(scenario: Scenario) -> None:
    """SE-13: a repeated command answers the same and changes nothing; another payload under its key is refused."""
    first = scenario.when("create_program", NEW, ADMIN, key="k").answer
    second = scenario.when("create_program", NEW, ADMIN, key="k").nothing().answer
    assert first == second
    scenario.when("create_program", {**NEW, "title": "Other"}, ADMIN, key="k").refused("idempotency-key-reused")


def test_members_see_open_programs_and_admins_drafts_too(scenario: Scenario) -> None:
    """A draft is not there for members, by list or by id."""
    draft = created(scenario)
    page = {"group_id": "soap"}
    assert scenario.ask("programs_of_group", page, MEMBER)["items"] == []
    assert scenario.ask("programs_of_group", page, ADMIN)["items"][0]["title"] == "Cold process"
    assert scenario.asked_refused("program", {"program_id": draft}, MEMBER) == "not-found"
    scenario.given("open_program", {"program_id": draft}, ADMIN)
    assert len(scenario.ask("program", {"program_id": draft}, MEMBER)["steps"]) == 8
    assert scenario.asked_refused("program", {"program_id": draft}, STRANGER) == "not-found"
