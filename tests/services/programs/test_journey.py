"""Journeys: commitment, steps that both do, goals, weekly check-ins, pause, closing and feedback."""

from __future__ import annotations

from typing import Any

import pytest

from services.programs.service import TABLE
from shared.kernel.pairs import pair_id
from shared.testing.scenario import Scenario, person

ADMIN, MENTOR, MENTEE, OTHER = person("ada", admin_of="soap"), person("may"), person("tom"), person("eve")
STEP = {"title": "t", "purpose": "p", "mentor_prompt": "m", "mentee_prompt": "n"}
STEPS = [
    {**STEP, "id": "one", "week": 1},
    {**STEP, "id": "two", "week": 2},
    {**STEP, "id": "end", "week": 3, "closing": True},
]


class Story(Scenario):
    """An introduced pair in a program of three steps."""

    def __init__(self) -> None:
        super().__init__(TABLE)
        new = {"group_id": "soap", "template_id": "skill-development", "title": "Soap", "steps": STEPS}
        program = self.given("create_program", new, ADMIN).answer["program_id"]
        self.given("open_program", {"program_id": program}, ADMIN)
        self.pair = {"pair_id": pair_id(program, "may", "tom", 1)}
        told = {"program_id": program, "group_id": "soap", "mentor_id": "may", "mentee_id": "tom"}
        self.told: dict[str, Any] = {**self.pair, **told}
        self.arrives("matching.PairIntroduced", {**self.told, "timezone": "Europe/Berlin"})

    def agreed(self) -> Story:
        self.given("agree_commitment", self.pair, MENTOR).given("agree_commitment", self.pair, MENTEE)
        return self

    def step(self, step: str) -> dict[str, Any]:
        return {**self.pair, "step_id": step}

    def done(self, *steps: str) -> Story:
        for step in steps:
            self.given("complete_step", self.step(step), MENTOR).given("complete_step", self.step(step), MENTEE)
        return self


@pytest.fixture
def story() -> Story:
    return Story()


def test_an_introduced_pair_starts_on_the_guide(story: Story) -> None:
    """The first check-in is due at the pair's local time: Friday, 17:00 in Berlin, which is 16:00 UTC in March."""
    story.then("JourneyStarted", step_ids=["one", "two", "end"], first_check_in_at="2026-03-06T16:00:00.000Z")


def test_a_repeated_introduction_starts_nothing_new(story: Story) -> None:
    """Reactions are idempotent."""
    story.arrives("matching.PairIntroduced", {**story.told, "timezone": "UTC"}).nothing()


def test_both_agree_before_anything_else(story: Story) -> None:
    """Both sides agree to the commitment first (product rules)."""
    story.when("complete_step", story.step("one"), MENTOR).refused("commitment-first")
    story.when("agree_commitment", story.pair, MENTOR).then("CommitmentAgreed", both=False)
    story.when("agree_commitment", story.pair, MENTOR).nothing()
    story.when("agree_commitment", story.pair, MENTEE).then("CommitmentAgreed", both=True)


def test_a_step_counts_when_both_sides_acted(story: Story) -> None:
    """P-12."""
    story.agreed().when("complete_step", story.step("one"), MENTOR).then("StepMarked", by="may")
    assert [event.type for event in story.events()] == ["StepMarked"]
    story.when("complete_step", story.step("one"), MENTOR).refused("step-already-done")
    story.when("complete_step", story.step("one"), MENTEE).then("StepCompleted", step_id="one")


def test_steps_are_done_in_order(story: Story) -> None:
    """A step out of order, an unknown one and a done one each have their own refusal."""
    story.agreed().when("complete_step", story.step("two"), MENTOR).refused("step-out-of-order")
    story.when("complete_step", story.step("nine"), MENTOR).refused("unknown-step")
    story.done("one").when("complete_step", story.step("one"), MENTOR).refused("step-already-done")


def test_a_step_can_be_skipped_but_not_the_closing_one(story: Story) -> None:
    """P-12: done or skipped."""
    story.agreed().when("skip_step", story.step("one"), MENTEE).then("StepSkipped", step_id="one")
    story.done("two").when("skip_step", story.step("end"), MENTEE).refused("closing-step-stays")


def test_the_closing_step_completes_the_journey(story: Story) -> None:
    """P-19: feedback is asked for then, once from each side, sealed."""
    story.agreed().when("give_feedback", {**story.pair, "rating": 9}, MENTEE).refused("journey-not-over")
    story.done("one", "two", "end").then("JourneyCompleted")
    words = {**story.pair, "rating": 9, "contact_afterwards": True, "text": "thank you"}
    story.when("give_feedback", words, MENTEE).then("FeedbackGiven", by="tom", rating=9)
    assert "thank you" not in str(story.events())
    story.when("give_feedback", words, MENTEE).refused("feedback-already-given")


def test_nobody_but_the_two_can_touch_or_read_a_journey(story: Story) -> None:
    """P-14: neither another member nor the group's admin; a foreign and an unknown pair answer alike (SE-02)."""
    for other in (OTHER, ADMIN):
        story.when("agree_commitment", story.pair, other).refused("not-found")
        assert story.asked_refused("journey", story.pair, other) == "not-found"
    assert story.asked_refused("journey", {"pair_id": "x"}, MENTOR) == "not-found"


def test_a_minor_and_someone_who_left_the_group_are_stopped(story: Story) -> None:
    """P-03, PR-17: checked at every act, not only at sign-up."""
    story.when("agree_commitment", story.pair, person("may", adult=False)).refused("adults-only")
    story.when("agree_commitment", story.pair, person("may", member_of="chess")).refused("forbidden")


def test_the_weekly_reminder_fires_at_the_local_time_once(story: Story) -> None:
    """P-13, I15: never early, once, and again a week later, also across the change to summer time."""
    story.agreed().later(days=4, hours=6, minutes=59).nothing()
    story.later(minutes=2).then("CheckInDue", week=1, owner_id="may", next_due_at="2026-03-13T16:00:00.000Z")
    story.later(hours=1).nothing()
    story.later(days=7).then("CheckInDue", week=2, owner_id="tom").then("CheckInMissed", week=1)
    story.later(days=14)
    assert story.view("journeys", story.pair["pair_id"])["next_check_in_at"] == "2026-04-03T15:00:00.000Z"


def test_after_downtime_one_reminder_catches_up(story: Story) -> None:
    """NO-07: three missed weeks are one reminder, not three."""
    story.agreed().later(days=28)
    assert [event.type for event in story.events()] == ["CheckInDue"]


def test_each_side_checks_in_once_a_week(story: Story) -> None:
    """A check-in that was answered is not missed."""
    answer = {**story.pair, "met": True, "rating": 8, "note": "we made lye"}
    story.agreed().later(days=5)
    story.when("record_check_in", answer, MENTEE).then("CheckInRecorded", week=1, by="tom", met=True)
    assert "made lye" not in str(story.events())
    story.when("record_check_in", answer, MENTEE).refused("already-checked-in")
    story.later(days=7)
    assert [event.type for event in story.events()] == ["CheckInDue"]


def test_a_paused_pair_is_left_alone_until_it_resumes(story: Story) -> None:
    """Nothing is due while a pair pauses."""
    story.agreed().arrives("matching.PairPaused", {**story.told, "by": "tom"}).then("JourneyPaused")
    story.later(days=30).nothing()
    story.when("set_goal", {**story.pair, "text": "g"}, MENTOR).refused("pair-paused")
    story.arrives("matching.PairResumed", {**story.told, "by": "tom"}).then("JourneyResumed")
    story.later(days=7).then("CheckInDue")


@pytest.mark.parametrize("name", ["matching.PairEnded", "conversations.ConversationClosed"])
def test_nothing_is_added_after_the_end_or_a_block(story: Story, name: str) -> None:
    """BL-02: check-ins and steps stop with the pair; what was shared can still be read (BL-05)."""
    story.agreed().given("set_goal", {**story.pair, "text": "a goal"}, MENTOR)
    story.arrives(name, {**story.told, "reason": "blocked"}).then("JourneyStopped")
    for command, extra in (
        ("record_check_in", {"met": True}),
        ("complete_step", {"step_id": "one"}),
        ("set_goal", {"text": "x"}),
    ):
        story.when(command, {**story.pair, **extra}, MENTEE).refused("pair-ended")
    story.later(days=30).nothing()
    assert story.ask("journey", story.pair, MENTEE)["goals"][0]["text"] == "a goal"


def test_the_pair_keeps_the_guide_it_started_with(story: Story) -> None:
    """P-02: a new version of the guide is for pairs that start later."""
    program = {"program_id": story.told["program_id"]}
    story.given("replace_steps", {**program, "steps": [{**STEPS[2], "title": "new"}]}, ADMIN)
    steps = story.ask("journey", story.pair, MENTEE)["steps"]
    assert [(step["id"], step["title"], step["state"]) for step in steps] == [
        ("one", "t", "current"),
        ("two", "t", "ahead"),
        ("end", "t", "ahead"),
    ]


def test_the_admin_sees_health_from_metadata_only(story: Story) -> None:
    """P-20: states and reasons, never a note or a rating; the pair is told exactly what."""
    program = {"program_id": story.told["program_id"]}
    story.agreed().later(days=5)
    note = {**story.pair, "met": False, "rating": 2, "note": "a secret"}
    story.given("record_check_in", note, MENTEE)
    health = story.ask("program_health", program, ADMIN)["items"][0]
    assert health["state"] == "too-early"
    story.later(days=12)
    health = story.ask("program_health", program, ADMIN)["items"][0]
    assert health["reasons"] == ["No meeting within 14 days."]
    assert "secret" not in str(health)
    assert story.asked_refused("program_health", program, MENTEE) == "forbidden"
    assert len(story.ask("journey", story.pair, MENTEE)["admin_sees"]) == 5
