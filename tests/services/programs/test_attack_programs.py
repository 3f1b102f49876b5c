"""What a hostile person tries on journeys, and does not get."""

from __future__ import annotations

import pytest

from services.programs.domain.journey import MOST_GOALS, MOST_PULSES
from shared.contracts.catalogue import audience
from tests.services.programs.test_journey import MENTEE, MENTOR, Story


@pytest.fixture
def story() -> Story:
    return Story().agreed()


def test_a_restricted_person_sends_no_words_along_the_journey(story: Story) -> None:
    """TS-15: goals and notes are read by the other, so they are sending; a check-in without words stays possible."""
    story.arrives("trust_safety.PersonRestricted", {"person_id": "may", "case_id": "c"})
    story.when("set_goal", {**story.pair, "text": "call me"}, MENTOR).refused("restricted")
    story.when("record_check_in", {**story.pair, "met": True, "note": "call me"}, MENTOR).refused("restricted")
    story.when("record_check_in", {**story.pair, "met": True}, MENTOR).then("CheckInRecorded")
    story.when("set_goal", {**story.pair, "text": "soap"}, MENTEE).then("GoalSet")
    story.arrives("trust_safety.PersonReinstated", {"person_id": "may", "case_id": "c"})
    story.when("set_goal", {**story.pair, "text": "soap"}, MENTOR).then("GoalSet")


def test_a_restriction_that_is_over_holds_nobody(story: Story) -> None:
    """TS-15: timed sanctions end by themselves."""
    ends = {"person_id": "may", "case_id": "c", "until": "2026-03-02T10:00:00.000Z"}
    story.arrives("trust_safety.PersonRestricted", ends).later(days=1)
    story.when("set_goal", {**story.pair, "text": "soap"}, MENTOR).then("GoalSet")


def test_feedback_after_a_block_reaches_nobody_else(story: Story) -> None:
    """BL-03: who was blocked can give feedback, and the live stream tells it to nobody but them."""
    story.arrives("conversations.ConversationClosed", {**story.told, "reason": "blocked"})
    story.when("give_feedback", {**story.pair, "text": "well"}, MENTEE).then("FeedbackGiven")
    assert [audience(event.name, event.data) for event in story.events()] == [{"tom"}]


@pytest.mark.parametrize("kind", ["conversations.ConversationClosed", "programs.JourneyStopped"])
def test_the_order_of_ends_does_not_tell_a_block(story: Story, kind: str) -> None:
    """BL-04: a blocked pair ends from another side than others, so the live stream tells its PairEnded alone."""
    assert audience(kind, story.told) == set()
    assert audience("matching.PairEnded", story.told) == {"may", "tom"}


def test_a_journey_does_not_grow_without_end(story: Story) -> None:
    """A journey is one document: goals and pulses are bounded, so nobody can fill it until it is stored nowhere."""
    for _ in range(MOST_GOALS):
        story.given("set_goal", {**story.pair, "text": "soap"}, MENTOR)
    story.when("set_goal", {**story.pair, "text": "soap"}, MENTEE).refused("too-many")
    for _ in range(MOST_PULSES):
        story.given("record_pulse", {**story.pair, "rating": 5}, MENTOR)
    story.when("record_pulse", {**story.pair, "rating": 5}, MENTOR).refused("too-many")
    story.when("record_pulse", {**story.pair, "rating": 5}, MENTEE).then("PulseRecorded")
