"""Planted bugs of the log and of views: 2, 3, 8, 12, 13, 17."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.application import application
from shared.bus.port import Transient
from shared.eventlog import LogUnavailable, StreamConflict
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.events import Commit, Event
from shared.kernel.ids import derive, new_id
from shared.runtime import timers
from shared.testing.memory_views import MemoryViews
from shared.views.changes import Change, put
from tests.torture.faults import Crash, Log, Views
from tests.torture.planting import last_world, with_views
from tests.torture.simulation import TABLES, Plan


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
    """3: a document per event; what fails in between leaves a part of the commit."""
    append, read, intended = Log.append, MemoryEventLog._read, {}

    def torn(self: Log, commit: Any) -> Commit:
        try:
            self._faults.at("append.between", LogUnavailable)
        except (Crash, LogUnavailable):
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
    return Plan(rate=0.1)


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


def random_ids_for_what_follows(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """12: the commands of reactions and timers have ids of their own each time."""

    def sometimes_new(*parts: object) -> str:
        return derive(*parts) if len(parts) < 4 else new_id()

    monkeypatch.setattr(application, "derive", sometimes_new)
    monkeypatch.setattr(timers, "derive", sometimes_new)
    return Plan()


def a_view_that_reads_the_clock(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """13: a view notes when it was written, by its own clock."""
    world = last_world(monkeypatch)

    def when(event: Event) -> list[Change]:
        return [put("activity", event.data["pair_id"], at=world().now)]

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
