"""A dispute about a person's age pauses them; a moderator's word wins until it is reset (PR-18)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from services.trust_safety.domain import age
from shared.kernel.clock import from_text
from shared.kernel.events import Event, Occasion
from tests.services.trust_safety.story import ADA, BEN, CLEO, MO, PAIR_ID, REASONS, SAM, SUE, ZOE, Story, acting
from tests.services.trust_safety.together import Together

BEN_HIMSELF = {"kind": "person", "id": "ben"}
TABLE = {
    ("unknown", "dispute"): "disputed",
    ("unknown", "confirm"): "confirmed",
    ("unknown", "reset"): "unknown",
    ("disputed", "dispute"): "disputed",
    ("disputed", "confirm"): "confirmed",
    ("disputed", "reset"): "disputed",
    ("confirmed", "dispute"): "confirmed",
    ("confirmed", "confirm"): "confirmed",
    ("confirmed", "reset"): "unknown",
}
DECIDE = {"dispute": age.dispute_age, "confirm": age.confirm_adult, "reset": age.reset_adult}
NOW = "2026-03-02T09:00:00.000Z"


@pytest.mark.parametrize(("status", "said"), list(product(("unknown", "disputed", "confirmed"), DECIDE)))
def test_the_state_table(status: str, said: str) -> None:
    """PR-18: every state and word; a word that changes nothing makes no event."""
    state = age.Age(status)
    events = DECIDE[said](state, {"person_id": "ben", "case_id": "c"}, Occasion(from_text(NOW), "c"))
    for event in events:
        stored = Event("e", event.type, 1, event.data, "trust_safety", 0, 1, 0, 1, "s", 1, NOW, "system", "c", None)
        state = age.evolve(state, stored)
    assert state.status == TABLE[status, said]
    assert bool(events) == (status != state.status)


def _said(story: Story) -> list[str]:
    return [event.type for event in story.events() if event.type.startswith("Age")]


@pytest.mark.parametrize("who", [ADA, CLEO, SUE])
def test_a_report_of_somebody_near_pauses(story: Story, who: Any) -> None:
    """PR-18: at filing, by whoever shares a pair, a program or the group with the person."""
    story.when("file_report", {"target": BEN_HIMSELF, "reason": "may-be-under-18"}, who)
    assert _said(story) == ["AgeDisputed"]
    assert story.ask("my_statements", {}, BEN)["age"] == "disputed"
    assert "18" in story.ask("my_statements", {}, BEN)["age_text"]


def test_a_strangers_report_pauses_nobody(story: Story) -> None:
    """PR-18: who shares nothing with a person cannot pause them, nor learn whether they are paused."""
    story.when("file_report", {"target": BEN_HIMSELF, "reason": "may-be-under-18"}, ZOE).refused("not-found")
    assert story.ask("my_statements", {}, BEN)["age"] == "unknown"


def test_one_persons_word_pauses_few_at_a_time(story: Story) -> None:
    """PR-18: who disputes the age of one after the other pauses three of them; of the others the case is as urgent, and
    somebody else's word, or the answer to an earlier one, counts again."""
    people = [f"p{number}" for number in range(5)]
    for name in people:
        who = {"program_id": "p1", "group_id": "soap", "signup_id": f"s-{name}", "person_id": name, "role": "mentee"}
        rest = {"capacity": 1, "adult": True, "answers": {}, "expires_at": "2026-06-01"}
        story.arrives("matching.SignedUp", {**who, **rest})

    def disputes(name: str, who: Any = CLEO) -> list[str]:
        target = {"kind": "person", "id": name}
        story.when("file_report", {"target": target, "reason": "may-be-under-18"}, who)
        return _said(story)

    assert [disputes(name) for name in people] == [["AgeDisputed"]] * 3 + [[]] * 2
    assert {case["severity"] for case in story.ask("moderation_cases", {}, MO)["items"]} == {"S1"}
    assert disputes(people[3], SUE) == ["AgeDisputed"]
    for answered in (people[0], people[3]):
        story.act(_held_about(story, answered), "confirm-adult")
    assert disputes(people[4]) == ["AgeDisputed"]


def _held_about(story: Story, subject: str) -> str:
    """The case about a person, assigned."""
    cases = story.ask("moderation_cases", {}, MO)["items"]
    case_id = str(next(case["case_id"] for case in cases if case["subject_id"] == subject))
    story.given("assign_case", {"case_id": case_id}, MO)
    return case_id


def test_what_is_added_to_a_report_counts(story: Story) -> None:
    """PR-18: also where the same person reported something else of them first."""
    story.reported(target=BEN_HIMSELF)
    story.when("file_report", {"target": BEN_HIMSELF, "reason": "may-be-under-18"}, ADA)
    story.then("ReportRepeated", subject_id="ben").then("AgeDisputed", person_id="ben")


def test_a_confirmation_wins_until_it_is_reset(story: Story) -> None:
    """PR-18: once shown to be an adult, no report pauses them; after a reset the next one does."""
    case_id = story.held(target=BEN_HIMSELF, reason="may-be-under-18")
    story.when("act_on_case", {"case_id": case_id, "action": "confirm-adult", **REASONS}, MO)
    story.then("AgeConfirmed", person_id="ben").then("CaseClosed", outcome="no-action")
    for who in (ADA, CLEO, SUE):
        story.when("file_report", {"target": BEN_HIMSELF, "reason": "may-be-under-18"}, who)
        assert _said(story) == []
    story.when("act_on_case", {"case_id": case_id, "action": "reset-adult", **REASONS}, MO)
    story.then("AgeReset", person_id="ben")
    assert story.ask("my_statements", {}, BEN)["age"] == "unknown"
    story.when("file_report", {"target": {"kind": "pair", "id": PAIR_ID}, "reason": "may-be-under-18"}, ADA)
    assert _said(story) == ["AgeDisputed"]


@pytest.mark.parametrize("closing", ["dismiss", "close", "warn"])
def test_nobody_stays_paused_because_a_case_was_closed(story: Story, closing: str) -> None:
    """PR-18: such a case is settled by a confirmation or a removal, and by nothing else."""
    case_id = story.held(target=BEN_HIMSELF, reason="may-be-under-18")
    if closing == "close":
        story.when("close_case", {"case_id": case_id}, MO).refused("age-unanswered")
    else:
        story.when("act_on_case", {"case_id": case_id, "action": closing, **REASONS}, MO).refused("age-unanswered")
    story.act(case_id, "confirm-adult", close=False)
    story.when("close_case", {"case_id": case_id}, MO).then("CaseClosed", outcome="no-action")


def test_a_warning_before_a_confirmation_is_not_forgotten(story: Story) -> None:
    """TS-18: a case in which somebody was warned and then shown to be an adult tells its reporters of an action."""
    case_id = story.held(target=BEN_HIMSELF, reason="may-be-under-18")
    story.act(case_id, "warn", close=False)
    story.when("act_on_case", {"case_id": case_id, **acting("confirm-adult")}, MO)
    story.then("CaseClosed", outcome="action-taken")


@pytest.mark.parametrize("action", ["suspend", "ban", "remove-from-program"])
def test_a_removal_settles_it_and_the_dispute_stays(story: Story, action: str) -> None:
    """PR-18: who is removed for it stays paused, also when the sanction ends, until shown to be an adult."""
    case_id = story.held(target=BEN_HIMSELF, reason="may-be-under-18")
    story.when("act_on_case", {"case_id": case_id, **acting(action)}, MO).then("CaseClosed")
    story.act(case_id, "reinstate")
    assert story.ask("my_statements", {}, BEN)["age"] == "disputed"
    story.act(case_id, "confirm-adult")
    assert story.ask("my_statements", {}, BEN)["age"] == "confirmed"


def test_an_admin_of_the_group_confirms_nobody(story: Story) -> None:
    """PR-18, TS-09: a question of age is the platform's alone."""
    case_id = story.held(target=BEN_HIMSELF, reason="may-be-under-18", to="admin")
    story.when("act_on_case", {"case_id": case_id, "action": "confirm-adult", **REASONS}, SAM).refused("not-found")
    own = story.held(by=SAM, target={"kind": "person", "id": "cleo"}, to="admin")
    story.when("act_on_case", {"case_id": own, "action": "confirm-adult", **REASONS}, SAM).refused("forbidden")


MESSAGING = [
    ("conversations.send_message", {"text": "hello"}),
    ("conversations.share_post", {"step_id": "get-to-know", "text": "look"}),
    ("programs.set_goal", {"text": "Ten bars"}),
    ("programs.record_check_in", {"met": True}),
    ("programs.record_pulse", {"rating": 7}),
    ("programs.agree_commitment", {}),
]


@pytest.mark.parametrize(("command", "data"), MESSAGING)
def test_nothing_passes_in_either_direction(command: str, data: dict[str, Any]) -> None:
    """PR-18: who may be a child neither writes nor is written to; the other is told of a review, not of an age."""
    world = Together()
    case_id = world.held({"kind": "pair", "id": world.pair["pair_id"]}, "may-be-under-18")
    assert world.slug(command, {**world.pair, **data}, BEN) == "age-in-review"
    assert world.slug(command, {**world.pair, **data}, ADA) == "paused-for-review"
    world.tells("matching.PairPaused", {**world.pair, **world.told, "by": "ada"})
    world.tells("matching.PairResumed", {**world.pair, **world.told, "by": "ada"})
    assert world.slug(command, {**world.pair, **data}, BEN) == "age-in-review"
    world.acts(case_id, "confirm-adult")
    assert world.slug(command, {**world.pair, **data}, BEN) is None


def test_who_may_be_a_child_is_not_told_of_as_reading_and_can_take_words_back() -> None:
    """PR-18: no receipt passes either, in either direction; a message of one's own may still be deleted."""
    world = Together()
    own, others = (world.does("conversations.send_message", {**world.pair, "text": "hello"}, one) for one in (BEN, ADA))
    world.held({"kind": "pair", "id": world.pair["pair_id"]}, "may-be-under-18")
    read = {**world.pair, "up_to": others["message_id"]}
    assert world.slug("conversations.mark_read", read, BEN) == "age-in-review"
    assert world.slug("conversations.mark_read", read, ADA) == "paused-for-review"
    assert world.slug("conversations.delete_message", {**world.pair, "message_id": own["message_id"]}, BEN) is None


def test_the_end_of_a_sanction_is_not_the_end_of_a_dispute() -> None:
    """PR-18, TS-16: a suspension that ends leaves the pause for age as it is, and the other way round."""
    world = Together()
    case_id = world.held({"kind": "pair", "id": world.pair["pair_id"]}, "may-be-under-18")
    world.acts(case_id, "suspend", until="2026-03-05T09:00:00Z")
    world.later(days=4)
    message = {**world.pair, "text": "hello"}
    assert world.slug("conversations.send_message", message, BEN) == "age-in-review"
    world.acts(case_id, "confirm-adult")
    assert world.slug("conversations.send_message", message, BEN) is None


def test_the_person_is_told() -> None:
    """PR-18, NO-04: a pause is told as a decision is, whatever the person chose to hear of."""
    world = Together()
    world.reports({"kind": "pair", "id": world.pair["pair_id"]}, "may-be-under-18")
    kinds = [item["kind"] for item in world["notifications"].ask("my_notifications", {}, BEN)["items"]]
    assert "statement-of-reasons" in kinds
