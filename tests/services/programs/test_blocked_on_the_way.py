"""BL-02: programs has heard of nothing yet; what the two do on their journey heeds a block all the same."""

from __future__ import annotations

from typing import Any

import pytest

from services.gateway.routes import ROUTES, Does
from services.programs.service import TABLE
from shared.bus.port import Transient
from shared.bus.scout import Scout
from shared.kernel.clock import to_text
from shared.kernel.events import Event
from shared.testing.scenario import Scenario, person
from tests.services.programs.test_order_of_sources import program, told

MENTOR = person("may")
OPEN_AFTER_ANY_END = {"give_feedback"}
ON_THE_WAY = [
    route.name
    for route in ROUTES
    if route.service == "programs" and route.does is Does.COMMAND and "pair_id" in route.path_fields
]


class Unheard:
    """A journey under way, and the log of conversations, of which nothing has arrived."""

    def __init__(self) -> None:
        self.story, made = program()
        self.pair = told(made["program_id"])
        self.story.arrives("matching.PairIntroduced", {**self.pair, "timezone": "Europe/Berlin"})
        self.away = False
        self._log: list[Event] = []
        app = self.story.app
        self.scout = Scout(TABLE.ahead, 1, lambda *_: 0, self._read, app.react, app.clock)
        app.scout = self.scout.look

    def _read(self, source: str, _partition: int, after: int, _limit: int) -> list[Event]:
        if self.away:
            raise Transient
        return [event for event in self._log if event.service == source and event.position > after]

    def closed(self) -> Event:
        at = to_text(self.story.app.clock.now())
        made: Any = ("conversations", 0, 1, 0, 1, "couple-x", 1, at, "tom", "c", None)
        self._log.append(Event("e1", "ConversationClosed", 1, {**self.pair, "reason": "blocked"}, *made))
        return self._log[0]

    def sets_a_goal(self) -> Scenario:
        return self.story.when("set_goal", {"pair_id": self.pair["pair_id"], "text": "Ten bars"}, MENTOR)


@pytest.mark.parametrize("name", ON_THE_WAY)
def test_every_route_of_a_journey_looks_ahead(name: str) -> None:
    """BL-02: over the route table, but for the words at the end, which are for oneself and the program."""
    assert TABLE.commands[name].looks_ahead == (name not in OPEN_AFTER_ANY_END)


def test_a_block_that_has_not_arrived_stops_what_comes_after_it() -> None:
    """BL-02: the conversation is closed, the mentor goes on with the guide: the pair has ended. In its turn the news of
    it changes nothing more."""
    one = Unheard()
    closed = one.closed()
    refusal = one.sets_a_goal().refusal
    assert refusal is not None
    assert refusal.slug == "pair-ended"
    assert one.story.view("journeys", one.pair["pair_id"])["status"] == "stopped"
    before = one.story.log.head(0)
    one.story.app.react(closed)
    assert one.story.log.head(0) == before


def test_while_blocks_cannot_be_known_nothing_is_decided() -> None:
    """BL-02: conversations is away: the answer is to come again, and then it goes through."""
    one = Unheard()
    one.away = True
    one.sets_a_goal().refused("unavailable")
    one.away = False
    one.sets_a_goal().then("GoalSet")
