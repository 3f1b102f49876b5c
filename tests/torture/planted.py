"""Planted bugs: the few lines by which each would have crept in, and the invariant that must turn red.

Numbers as in the design of the fault runs. Three of them (5, 6, 7) lose messages on the bus, which consumers mend from
the producer's feed; so those are planted where no feed answers (`Plan(feed=False)`), and the runs without a bug hold
there as well.

Not shown here, since they need the real store, broker or gateway: 1 (a counter allocated before the
insert: positions of the log in memory cannot have holes), 4 (commit, then publish
without a relay), 11 (a delivery limit without dead letters), 14 (an erasure that
forgets), 15 (a log line with words in it), 16 (a channel leaked on each reconnect), 18 (`w: 1` writes).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.application import application
from shared.bus.assembly import Assembly
from shared.bus.port import Transient
from shared.bus.relay import Relay
from shared.eventlog import StreamConflict
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.events import Commit, Event
from shared.kernel.ids import derive, new_id
from shared.runtime import timers
from shared.testing.memory_views import MemoryViews
from shared.views.changes import Change, put
from shared.views.inbox import Inbox
from tests.torture.broker import Broker
from tests.torture.faults import Crash, Log, Views
from tests.torture.process import Channel
from tests.torture.simulation import TABLES, Plan, World, with_views

Plant = Callable[[pytest.MonkeyPatch], Plan]


def unique_on_a_version_instead_of_seq(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """2: the unique key holds a version that counts events, so commits of different lengths do not collide."""

    def store(self: Any, partition: int, commit: Any, encoded: bytes) -> int:
        taken = self.__dict__.setdefault("versions", {}).setdefault(commit.stream, [0])
        read = [0, *(version for version in taken if version)][: commit.expected_seq + 1]
        last = read[-1] + len(commit.events)
        if last in taken:
            raise StreamConflict
        taken.append(last)
        return _append(self, partition, commit, encoded)

    monkeypatch.setattr(MemoryEventLog, "_store", store)
    return Plan()


def events_without_a_transaction(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """3: a document per event; a crash in between leaves a part of the commit."""
    append, read, intended = Log.append, MemoryEventLog._read, {}

    def torn(self: Log, commit: Any) -> Commit:
        try:
            self._faults.at("append.between")
        except Crash:
            intended[commit.command_id] = len(commit.events)
            append(self, replace(commit, events=commit.events[:1]))
            raise
        return append(self, commit)

    def whole(self: Any, partition: int, position: int) -> Commit:
        commit = read(self, partition, position)
        of = intended.get(commit.command_id, len(commit.events))
        return replace(commit, events=tuple(replace(event, of=of) for event in commit.events))

    monkeypatch.setattr(Log, "append", torn)
    monkeypatch.setattr(MemoryEventLog, "_read", whole)
    return Plan()


def checkpoint_before_the_confirm(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """5: the checkpoint moves when a commit is read, not when the broker has it."""
    publish = Relay._publish

    def save_first(self: Relay, link: Any, channel: Any, window: Any, commit: Commit) -> None:
        self._save(commit.position)
        publish(self, link, channel, window, commit)

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


def watermark_outside_the_transaction(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """8: first the views, then the watermark."""
    apply = MemoryViews.apply

    def in_two_steps(self: Any, changes: Sequence[Change], *, came_from: int, moves_to: int, **rest: Any) -> None:
        apply(self, changes, came_from=came_from, moves_to=came_from, **rest)
        if isinstance(self, Views):
            self._faults.at("apply.between", Transient)
        apply(self, (), came_from=came_from, moves_to=moves_to, **rest)

    monkeypatch.setattr(MemoryViews, "apply", in_two_steps)
    return Plan()


def known_ids_in_a_window(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """9: duplicates are told by the last few ids instead of the watermark."""
    _take_as_it_comes(monkeypatch, window=3)
    return Plan()


def retry_at_the_tail(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """10: each message is taken as it comes, and what cannot be taken now goes to the end of the queue."""
    _take_as_it_comes(monkeypatch, window=None)
    return Plan()


def random_ids_for_what_follows(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """12: the commands of reactions and timers have ids of their own each time."""

    def sometimes_new(*parts: object) -> str:
        return derive(*parts) if len(parts) < 4 else new_id()

    monkeypatch.setattr(application, "derive", sometimes_new)
    monkeypatch.setattr(timers, "derive", sometimes_new)
    return Plan()


def a_view_that_reads_the_clock(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """13: a view notes when it was written, by its own clock."""
    worlds: list[World] = []
    run = World.run

    def known(self: World) -> None:
        worlds.append(self)
        run(self)

    monkeypatch.setattr(World, "run", known)

    def when(event: Event) -> list[Change]:
        return [put("activity", event.data["pair_id"], at=worlds[-1].now)]

    tables = {**TABLES, "conversations": with_views(TABLES["conversations"], conversations_ConversationOpened=when)}
    return Plan(tables=tables)


def a_writer_that_does_not_look(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """17: a writer that was paused goes on and appends, whatever came in between."""
    store = MemoryEventLog._store

    def unchecked(self: Any, partition: int, commit: Any, encoded: bytes) -> int:
        return (_append if commit.stream.startswith("couple-") else store)(self, partition, commit, encoded)

    monkeypatch.setattr(MemoryEventLog, "_store", unchecked)
    return Plan()


def _append(self: Any, partition: int, commit: Any, encoded: bytes) -> int:
    self._logs[partition].append(encoded)
    position = len(self._logs[partition])
    self._streams.setdefault(commit.stream, []).append(position)
    self._commands[partition][commit.command_id] = position
    return position


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


PLANTED: dict[str, tuple[Plant, tuple[str, ...]]] = {
    "2": (unique_on_a_version_instead_of_seq, ("I5",)),
    "3": (events_without_a_transaction, ("I6",)),
    "5": (checkpoint_before_the_confirm, ("I8", "I12")),
    "6": (a_missing_binding_and_no_mandatory, ("I12",)),
    "7": (acknowledge_before_the_transaction, ("I8", "I9")),
    "8": (watermark_outside_the_transaction, ("I9",)),
    "9": (known_ids_in_a_window, ("I9",)),
    "10": (retry_at_the_tail, ("I10",)),
    "12": (random_ids_for_what_follows, ("I3", "I15")),
    "13": (a_view_that_reads_the_clock, ("I13",)),
    "17": (a_writer_that_does_not_look, ("I5",)),
}
"""By number: what plants the bug, and the invariants that must see it."""
