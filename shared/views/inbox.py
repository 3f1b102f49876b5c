"""Takes batches of events exactly once in effect: reactions, then views, parking and watermark in one transaction.

Reactions are commands whose ids follow from the event, so running them again after a crash changes nothing. An event
that fails is parked with its stream: its followers wait behind it, other streams flow.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import structlog

from shared.bus.port import Transient
from shared.kernel.clock import Clock, to_text
from shared.kernel.events import Data, Event
from shared.views.changes import Change, Views
from shared.views.store import UnfitChange, ViewStore, WatermarkMoved

_log = structlog.get_logger(__name__)

React = Callable[[Event], None]
"""Runs the reactions to one event. Raises Transient; anything else parks the event."""

_ATTEMPTS = 3
_PAUSE = 0.05


class Inbox:
    """The Sink of a service: see `shared.bus.port.Sink`."""

    def __init__(self, store: ViewStore, views: Views, react: React, clock: Clock) -> None:
        self._store = store
        self._views = views
        self._react = react
        self._clock = clock
        self.applied = 0
        self.parked = 0

    def watermark(self, source: str, partition: int) -> int:
        return self._store.watermark(source, partition)

    def apply(self, source: str, partition: int, events: Sequence[Event]) -> None:
        """See `shared.bus.port.Sink.apply`."""
        came_from = self._store.watermark(source, partition)
        fresh = [event for event in events if event.position > came_from]
        if not fresh:
            return
        held = self._store.parked_streams(source, partition)
        changes: list[Change] = []
        parked: list[Data] = []
        for event in fresh:
            if event.stream in held:
                parked.append(self._parked(event, "waits behind a parked event of its stream"))
                continue
            try:
                self._attempt(event)
                changes.extend(self._changes(event))
            except Transient:
                raise
            except Exception as error:  # noqa: BLE001 (whatever a handler raises must not stop other streams)
                held.add(event.stream)
                parked.append(self._parked(event, type(error).__name__))
        self._write(source, partition, fresh, changes, parked, came_from)

    def park_message(self, queue: str, why: str, body: bytes, properties: dict[str, Any]) -> None:
        """Keep a message that is no event: what it says of itself is not trusted, so it holds up no stream."""
        self.parked += 1
        _log.error("message parked", queue=queue, why=why, size=len(body))
        self._store.park_message(
            {
                "_id": "message:" + hashlib.sha256(body + repr(sorted(properties)).encode()).hexdigest()[:32],
                "queue": queue,
                "why": why,
                "body": body,
                "properties": {key: str(value) for key, value in properties.items()},
                "parked_at": to_text(self._clock.now()),
            }
        )

    def retry(self, source: str, partition: int, stream: str) -> Data:
        """Apply the parked events of a stream again, in order. Answers how many were applied and how many still wait.

        Raises Transient.
        """
        waiting = self._store.parked_events(source, partition, stream)
        for done, document in enumerate(waiting):
            event = Event.from_envelope(document["envelope"])
            try:
                self._attempt(event)
                self._store.unpark(document["_id"], self._changes(event))
            except Transient:
                raise
            except Exception as error:  # noqa: BLE001 (it stays parked, and those behind it)
                return {"applied": done, "waiting": len(waiting) - done, "why": type(error).__name__}
        return {"applied": len(waiting), "waiting": 0, "why": None}

    def _attempt(self, event: Event) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._react(event)
            except Transient:
                raise
            except Exception:
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(_PAUSE * attempt)
            else:
                return

    def _changes(self, event: Event) -> Sequence[Change]:
        function = self._views.get(event.name)
        return function(event) if function else ()

    def _write(
        self,
        source: str,
        partition: int,
        events: Sequence[Event],
        changes: Sequence[Change],
        parked: Sequence[Data],
        came_from: int,
    ) -> None:
        try:
            self._store.apply(
                changes,
                source=source,
                partition=partition,
                came_from=came_from,
                moves_to=events[-1].position,
                parked=parked,
            )
        except WatermarkMoved:
            raise Transient("another worker applied these events") from None
        except UnfitChange:
            self._write_one_by_one(source, partition, events, came_from)
            return
        self.applied += len(events) - len(parked)
        self.parked += len(parked)

    def _write_one_by_one(self, source: str, partition: int, events: Sequence[Event], came_from: int) -> None:
        """Find the commit whose changes the store refuses, and park only that."""
        held = self._store.parked_streams(source, partition)
        for commit in _commits(events):
            wait = commit[0].stream in held
            changes = [] if wait else [change for event in commit for change in self._changes(event)]
            parked = [self._parked(event, "waits behind a parked event of its stream") for event in commit if wait]
            position = commit[-1].position
            where = {"source": source, "partition": partition, "came_from": came_from, "moves_to": position}
            try:
                self._store.apply(changes, parked=parked, **where)  # type: ignore[arg-type]
            except UnfitChange:
                held.add(commit[0].stream)
                refused = [self._parked(event, "the store refuses its change") for event in commit]
                self._store.apply([], parked=refused, **where)  # type: ignore[arg-type]
            came_from = position

    def _parked(self, event: Event, why: str) -> Data:
        _log.error("event parked", event_id=event.id, event_name=event.name, why=why)
        return {
            "_id": event.id,
            "source": event.service,
            "partition": event.partition,
            "stream": event.stream,
            "position": event.position,
            "index": event.index,
            "why": why,
            "envelope": event.envelope(),
            "parked_at": to_text(self._clock.now()),
        }


def _commits(events: Sequence[Event]) -> Iterator[list[Event]]:
    commit: list[Event] = []
    for event in events:
        if commit and event.position != commit[-1].position:
            yield commit
            commit = []
        commit.append(event)
    if commit:
        yield commit
