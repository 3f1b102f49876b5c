"""How a notification fares on its way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.delivery import BACK_OFF, JITTER, next_try
from shared.kernel.actor import Actor
from shared.kernel.clock import from_text
from shared.kernel.events import Data
from shared.testing.scenario import person
from tests.services.notifications.story import Story

OPERATOR = Actor("op", {}, frozenset({"operator"}), adult=True)


def _sending(story: Story) -> Data:
    story.message()
    return {"person_id": "ben", "notification_id": story.outbox()[0]["notification_id"], "channel": "email"}


def _fail(story: Story, sending: Data, attempt: int, *, final: bool = False) -> None:
    story.when("record_failure", {**sending, "attempt": attempt, "error": "smtp-451", "final": final})


def test_delivered_once(story: Story) -> None:
    """NO-02: an outcome that is recorded twice is one, and the intent leaves the outbox."""
    sending = _sending(story)
    story.when("record_delivery", sending).then("NotificationDelivered", channel="email")
    assert story.outbox() == []
    story.when("record_delivery", sending).nothing()
    story.when("drop_delivery", {**sending, "why": "read"}).nothing()
    _fail(story, sending, 1)
    story.nothing()


def test_back_off_then_given_up(story: Story) -> None:
    """NO-13: tried again after 1 min, 5 min, 30 min, 2 h and 12 h, then given up and visible to operators."""
    sending = _sending(story)
    for attempt, wait in enumerate(BACK_OFF, 1):
        _fail(story, sending, attempt)
        due = from_text(story.outbox()[0]["due_at"]) - story.clock.now()
        assert wait <= due <= wait * (1 + JITTER) + timedelta(milliseconds=1)
        story.clock.advance(seconds=due.total_seconds())
    _fail(story, sending, len(BACK_OFF) + 1)
    story.then("NotificationFailed", next_at=None)

    listed = story.ask("undelivered", {}, OPERATOR)["items"]
    assert [(item["notification_id"], item["attempts"]) for item in listed] == [(sending["notification_id"], 6)]
    assert story.asked_refused("undelivered", {}, person("ann")) == "not-found"


def test_outcome_after_a_block_is_none(story: Story) -> None:
    """BL-03: what a block took out of the outbox has no outcome any more, and is not tried again."""
    sending = _sending(story)
    story.block("ben", "ann")
    story.when("record_delivery", sending).nothing()
    _fail(story, sending, 1)
    story.nothing()


def test_failure_told_twice_is_one(story: Story) -> None:
    """Only the next attempt counts."""
    sending = _sending(story)
    _fail(story, sending, 1)
    _fail(story, sending, 1)
    story.nothing()
    _fail(story, sending, 3)
    story.nothing()


def test_final_failure_can_be_retried_by_operators(story: Story) -> None:
    """NO-13: what was given up is sent again when an operator says so, with a fresh count of tries."""
    sending = _sending(story)
    _fail(story, sending, 1, final=True)
    assert story.outbox()[0]["due_at"] == "never"
    story.when("record_delivery", sending).nothing()

    retry = {name: sending[name] for name in ("person_id", "notification_id")}
    story.when("retry_delivery", retry, person("ben")).refused("not-found")
    story.when("retry_delivery", retry, OPERATOR).then("NotificationRequeued")
    assert story.outbox()[0]["due_at"] != "never"
    story.when("retry_delivery", retry, OPERATOR).refused("not-found")
    _fail(story, sending, 1)
    story.then("NotificationFailed", attempt=1)


@given(st.text(min_size=1), st.integers(1, 5))
def test_jitter_is_the_same_each_time(notification_id: str, attempt: int) -> None:
    """The time of the next try follows from the notification, so that deciding twice decides the same."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert next_try(notification_id, attempt, now) == next_try(notification_id, attempt, now)
    assert next_try(notification_id, 6, now) is None
