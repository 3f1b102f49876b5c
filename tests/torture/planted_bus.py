"""Planted bugs of relays, queues and consumers: 4, 5, 6, 7, 9, 10.

Those that lose messages are planted where no feed answers: consumers would mend the loss from there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from shared.bus.assembly import Assembly
from shared.bus.codec import encode, encode_batch
from shared.bus.relay import Relay
from shared.bus.topology import BATCHES
from shared.kernel.events import Commit, Event
from shared.views.inbox import Inbox
from tests.torture.broker import Broker, Message
from tests.torture.faults import Log
from tests.torture.planting import last_world
from tests.torture.process import Channel
from tests.torture.simulation import Plan, World


def commit_then_publish(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """4: no relay; whoever appended publishes, and what a crash or a broken connection takes in between is gone."""
    append = Log.append
    world = last_world(monkeypatch)

    def and_publish(self: Log, commit: Any) -> Commit:
        done = append(self, commit)
        with suppress(OSError):
            body, properties, key = encode_batch(done.events[0], [encode(event)[0] for event in done.events])
            Channel(world()).basic_publish(Message(body, properties, key), BATCHES, key, mandatory=True)
        return done

    monkeypatch.setattr(Log, "append", and_publish)
    monkeypatch.setattr(Relay, "session", lambda *_: None)
    return Plan(feed=False)


def checkpoint_before_the_confirm(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """5: the checkpoint moves when a commit is read, not when the broker has it."""
    publish = Relay._publish

    def save_first(self: Relay, link: Any, channel: Any, window: Any, batch: Any) -> None:
        self._save(batch[-1][0].position)
        publish(self, link, channel, window, batch)

    monkeypatch.setattr(Relay, "_publish", save_first)
    return Plan(feed=False)


def a_missing_binding_and_no_mandatory(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """6: a queue is bound late, and what nobody takes is dropped in silence."""
    publish, run = Broker.publish, World.run
    monkeypatch.setattr(Broker, "publish", lambda self, message, *, mandatory: publish(self, message, mandatory=False))

    def unbound_at_first(self: World) -> None:
        queue = self.broker.queues["trust_safety.events.0"]
        queue.bound = False
        settle = self.settle

        def bind() -> None:
            settle()
            queue.bound = True

        self.settle = bind  # type: ignore[method-assign]
        run(self)

    monkeypatch.setattr(World, "run", unbound_at_first)
    return Plan(feed=False)


def acknowledge_before_the_transaction(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """7: a message is acknowledged as it comes; what a crash takes then is gone."""
    pump = Channel.pump

    def at_once(self: Channel, timeout: float) -> bool:
        came = pump(self, timeout)
        if came:
            self._ports.broker.acknowledge(self._queue, self, 2**53, multiple=True)
        return came

    monkeypatch.setattr(Channel, "pump", at_once)
    return Plan(feed=False)


def known_ids_in_a_window(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """9: duplicates are told by the last few ids instead of the watermark."""
    _take_as_it_comes(monkeypatch, window=3)
    return Plan(poison=0)


def retry_at_the_tail(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """10: each message is taken as it comes, and what cannot be taken now goes to the end of the queue."""
    _take_as_it_comes(monkeypatch, window=None)
    return Plan(poison=0)


def _take_as_it_comes(monkeypatch: pytest.MonkeyPatch, window: int | None) -> None:
    """No order but that of arrival; `window`: how many ids are remembered."""
    known: dict[int, deque[str]] = {}

    def ready(self: Assembly, _limit: int) -> list[Event]:
        return [event for parts in self._events.values() for event in parts.values()][:1]

    def add(self: Assembly, event: Event, tag: int | None = None) -> bool:
        self._events.setdefault(event.position, {})[event.index] = event
        self._tags.setdefault(event.position, []).extend([tag] if tag is not None else [])
        return True

    def advance(self: Assembly, position: int) -> list[int]:
        self.watermark = max(self.watermark, position)
        self._events.pop(position, None)
        return self._tags.pop(position, [])

    def apply(self: Inbox, source: str, partition: int, events: Sequence[Event]) -> None:
        store = self._store
        seen = known.setdefault(id(store), deque(maxlen=window))
        fresh = [event for event in events if event.id not in seen]
        for event in fresh:
            self._attempt(event)
        changes = [change for event in fresh for change in self._changes(event)]
        at = store.watermark(source, partition)
        to = max(at, *(event.position for event in events))
        store.apply(changes, source=source, partition=partition, came_from=at, moves_to=to)
        seen.extend(event.id for event in fresh)

    for name, change in (("ready", ready), ("add", add), ("advance", advance)):
        monkeypatch.setattr(Assembly, name, change)
    monkeypatch.setattr(Inbox, "apply", apply)
