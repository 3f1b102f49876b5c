"""BL-03: held while one blocks the other, then let go: nothing from before the block reaches the blocker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.notifications.postman import Postman
from services.notifications.service import TABLE
from shared.bus.port import Transient
from shared.bus.scout import Scout
from shared.kernel.clock import to_text
from shared.kernel.events import Event
from tests.services.notifications.story import OF_PAIR, Mailbox, Story

BLOCK = {"blocker_id": "ben", "blocked_id": "ann"}
MESSAGE = {**OF_PAIR, "message_id": "m1", "sender_id": "ann", "commitment": "c", "text": "t"}
STEP = {**OF_PAIR, "step_id": "one", "by": "ann"}


class Held(Story):
    """What others recorded meanwhile waits in `recorded`; nothing of it has arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: list[Event] = []
        self.away = False
        self.scout = Scout(TABLE.ahead, 1, lambda *_: 0, self.read, self.app.react, self.clock)
        self.app.scout = self.look

    def look(self) -> bool:
        looked = self.scout.look()
        self.settle()
        return looked

    def read(self, source: str, _partition: int, after: int, _limit: int) -> list[Event]:
        if self.away:
            raise Transient
        return [event for event in self.recorded if event.service == source and event.position > after]

    def meanwhile(self, name: str, data: dict[str, Any], seconds_ago: float = 60) -> Event:
        service, _, kind = name.partition(".")
        at = to_text(self.clock.now() - timedelta(seconds=seconds_ago))
        place = len(self.recorded) + 1
        made: Any = (service, 0, place, 0, 1, f"{service}-stream", place, at, "ann", "c", None)
        self.recorded.append(Event(f"e{place}", kind, 1, data, *made))
        return self.recorded[-1]

    def let_go(self) -> None:
        """Everything arrives in its turn, as the runtime hands it over."""
        for event in sorted(self.recorded, key=lambda event: event.service == "conversations"):
            if event.name in TABLE.held_back:
                self.scout.before(event)
            self.app.react(event)
            self.settle()


@pytest.fixture
def story() -> Held:
    return Held()


def test_no_mail_that_waited(story: Held, postman: Postman, mailbox: Mailbox) -> None:
    """BL-03: the mail was due when the worker was held; let go, it looks for blocks first, arrived or not."""
    story.message("m1", by="ann").message("m2", by="ben")
    story.meanwhile("conversations.BlockRequested", BLOCK)
    postman.round()
    assert [mail["To"] for mail in mailbox.taken] == ["ann@mail.example"]
    assert story.inbox_of("ben") == []
    story.let_go()
    assert len(story.made("CoupleSilenced")) == 1


@pytest.mark.parametrize("name", ["conversations.MessageSent", "programs.StepCompleted"])
def test_nothing_is_raised(story: Held, postman: Postman, mailbox: Mailbox, name: str) -> None:
    """BL-03: what waited in the queues, of whichever service, raises nothing: no entry, no count, no live update."""
    story.meanwhile(name, MESSAGE if name.endswith("MessageSent") else STEP)
    story.meanwhile("conversations.BlockRequested", BLOCK)
    story.let_go()
    postman.round()
    assert story.made("NotificationRaised") == []
    assert len(story.made("CoupleSilenced")) == 1
    assert mailbox.taken == []


def test_what_was_blocked_and_taken_back_meanwhile_is_not_delivered(story: Held) -> None:
    """BL-09: nor does a block raise what was sent before it when it was taken back before the service was let go."""
    story.meanwhile("conversations.MessageSent", MESSAGE)
    story.meanwhile("conversations.BlockRequested", BLOCK)
    story.meanwhile("conversations.UnblockRequested", BLOCK)
    story.let_go()
    assert story.made("NotificationRaised") == []
    story.message("m2", by="ann")
    assert [item["about"]["message_id"] for item in story.inbox_of("ben")] == ["m2"]


def test_while_blocks_cannot_be_known_only_other_mail_goes_out(story: Held, postman: Postman, mailbox: Mailbox) -> None:
    """BL-03: conversations is away: what is between two people waits, and nothing else does."""
    story.message("m1", by="ann")
    story.given("raise_notification", {"person_id": "ann", "kind": "case-outcome", "cause": "c", "about": {}})
    story.away = True
    assert postman.round()
    assert [mail["To"] for mail in mailbox.taken] == ["ann@mail.example"]
    story.away = False
    assert postman.round()
    assert [mail["To"] for mail in mailbox.taken] == ["ann@mail.example", "ben@mail.example"]


def test_every_event_between_two_people_waits_for_the_look() -> None:
    """BL-03: a new kind of notice about a pair cannot be forgotten: the list is made from the contracts."""
    told = {name for name in TABLE.reactions if not name.startswith("trust_safety.")} - set(TABLE.held_back)
    of_one = {f"matching.{name}" for name in ("SignedUp", "SignupRemoved", "RecommendationsProposed")}
    assert told == of_one | {"conversations.BlockRequested", "conversations.UnblockRequested"}
