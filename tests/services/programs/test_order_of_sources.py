"""What reaches programs in another order than it happened, and what its views have not seen yet."""

from __future__ import annotations

from typing import Any

from services.programs.service import TABLE
from shared.kernel.pairs import pair_id
from shared.testing.scenario import Scenario, person

ADMIN, MENTOR = person("ada", admin_of="soap"), person("may")
NEW = {"group_id": "soap", "template_id": "skill-development", "title": "Soap"}
STEP = {"id": "only", "week": 1, "closing": True, "title": "t", "purpose": "p", "mentor_prompt": "m"}
STEPS = [{**STEP, "mentee_prompt": "n"}]


def program() -> tuple[Scenario, dict[str, str]]:
    scenario = Scenario(TABLE)
    made = {"program_id": str(scenario.given("create_program", NEW, ADMIN).answer["program_id"])}
    return scenario.given("open_program", made, ADMIN), made


def told(program_id: str) -> dict[str, Any]:
    sides = {"mentor_id": "may", "mentee_id": "tom"}
    return {"pair_id": pair_id(program_id, "may", "tom", 1), "program_id": program_id, "group_id": "soap", **sides}


def test_a_block_that_overtakes_the_introduction_still_stops_the_journey() -> None:
    """BL-02: conversations and matching are different sources, so either may be heard first."""
    story, made = program()
    pair = told(made["program_id"])
    story.arrives("conversations.ConversationClosed", {**pair, "reason": "blocked"})
    story.arrives("matching.PairIntroduced", {**pair, "timezone": "Europe/Berlin"}).then("JourneyStopped")
    assert story.view("journeys", pair["pair_id"])["status"] == "stopped"
    assert story.views.get("due", pair["pair_id"]) is None
    story.when("set_goal", {"pair_id": pair["pair_id"], "text": "go on"}, MENTOR).refused("pair-ended")


def test_nobody_acts_on_a_journey_that_ended_before_it_started() -> None:
    """Until the introduction arrives there is no journey to see or to add to."""
    story, made = program()
    pair = told(made["program_id"])
    story.arrives("conversations.ConversationClosed", {**pair, "reason": "blocked"})
    story.when("give_feedback", {"pair_id": pair["pair_id"], "rating": 5}, MENTOR).refused("not-found")
    assert story.asked_refused("journey", {"pair_id": pair["pair_id"]}, MENTOR) == "not-found"


def test_two_edits_in_a_row_keep_both_while_the_view_is_behind() -> None:
    """I1: what was acknowledged a moment ago is not written over with what a view still shows."""
    story, made = program()
    settle, story.settle = story.settle, lambda: None  # type: ignore[method-assign]
    story.given("revise_program", {**made, "title": "Winter"}, ADMIN)
    story.given("replace_steps", {**made, "steps": STEPS}, ADMIN)
    story.given("revise_program", {**made, "description": "For all"}, ADMIN)
    settle()
    answer = story.ask("program", made, ADMIN)
    assert (answer["title"], answer["description"]) == ("Winter", "For all")
    assert [step["id"] for step in answer["steps"]] == ["only"]
