"""Poison: events that no consumer can ever take, and messages that are no events at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from shared.kernel.events import Event
from shared.views.changes import Change
from tests.torture.broker import Broker, Message

_KINDS = ("reaction", "view", "store")
_NO_EVENTS = (b"{", b"[]", b'{"id": 1}', b"\xff\xfe")


class Poisoned(Exception):
    """What a handler with a mistake in it would raise."""


class Poison:
    """Whether an event is poison follows from its id, so every consumer and every try of it finds the same.

    `share`: how many of a thousand events. `since`: the moment from which on, as text. Where it strikes also follows
    from the id: in the reaction, in the view's function, or as a change that the store refuses.
    """

    def __init__(self, share: int) -> None:
        self._share = share
        self.since = "9999"
        self.bodies: set[tuple[str, bytes]] = set()

    def kind(self, event: Event) -> str | None:
        number = int(event.id[:8], 16)
        if event.recorded_at < self.since or number % 1000 >= self._share:
            return None
        kind = _KINDS[number // 1000 % len(_KINDS)]
        # The store refuses whole commits; what came before the poison in its commit would be parked with it.
        return "view" if kind == "store" and event.index else kind

    def strike(self, event: Event, kind: str) -> None:
        """Raises Poisoned where the event is poison of this kind."""
        if self.kind(event) == kind:
            raise Poisoned

    def unfit(self, event: Event) -> list[Change]:
        """A change that no store can make, where the event is poison of that kind."""
        if self.kind(event) != "store":
            return []
        return [Change("torture_poison", event.id, {"$set": {"number": 1}, "$push": {"number": 1}})]

    def send(self, broker: Broker, random: Random) -> None:
        """Put a message that is no event in somebody's queue: garbage, or an event by the wrong sender or key."""
        name = random.choice(sorted(broker.queues))
        queue = broker.queues[name]
        message = Message(random.choice(_NO_EVENTS), {"user_id": "conversations"}, "conversations.MessageSent.0")
        if queue.ready and random.random() < 0.5:
            message = _forged(random.choice(queue.ready), random)
        self.bodies.add((name.partition(".")[0], message.body))
        queue.ready.append(message)


def _forged(message: Message, random: Random) -> Message:
    """Another body than that of the event, which it would else be told apart from by its properties alone."""
    body = message.body + b" "
    if random.random() < 0.5:
        return replace(message, body=body, key="programs.ProgramOpened.0")
    return replace(message, body=body, properties={**message.properties, "user_id": "mallory"})


def parked_bodies(documents: Mapping[str, Mapping[str, Any]]) -> set[tuple[str, bytes]]:
    """Service and body of the parked messages among what is parked: the same body is kept once."""
    return {(one["queue"].partition(".")[0], one["body"]) for one in documents.values() if "body" in one}
