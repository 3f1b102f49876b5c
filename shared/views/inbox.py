"""Takes batches of events exactly once in effect: reactions, then views, parking and watermark in one transaction.

Reactions are commands whose ids follow from the event, so running them again after a crash changes nothing. An event
that fails is parked with its stream: its followers wait behind it, other streams flow.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.bus.port import Transient
from shared.kernel.abreast import side_by_side
from shared.kernel.clock import Clock, to_text
from shared.kernel.events import Data, Event
from shared.views.changes import Change, Views
from shared.views.store import UnfitChange, ViewStore, WatermarkMoved
from shared.watch import tracing
from shared.watch.correlation import about

_log = structlog.get_logger(__name__)

React = Callable[[Event], None]
"""Runs the reactions to one event. Raises Transient; anything else parks the event."""

_ATTEMPTS = 3
_PAUSE = 0.05


_WAITS = "waits behind a parked event of its stream"


@dataclass(slots=True)
class _Step:
    """One commit on its way: what it changes, and which of its events are parked instead."""

    events: list[Event]
    changes: list[Change] = field(default_factory=list)
    parked: list[Data] = field(default_factory=list)


class Inbox:
    """The Sink of a service: see `shared.bus.port.Sink`."""

    def __init__(
        self,
        store: ViewStore,
        views: Views,
        react: React,
        clock: Clock,
        reacts_to: Collection[str] = (),
        current: Callable[[Event], Event] = lambda event: event,
    ) -> None:
        """`reacts_to` names events whose reactions wait for a store: those of different streams wait side by side.

        `current` gives an event in today's version; what it raises parks the event as it came.
        """
        self._store = store
        self._views = views
        self._react = react
        self._clock = clock
        self._reacts_to = frozenset(reacts_to)
        self._current = current
        self._standing: dict[tuple[str, int], tuple[int, frozenset[str]]] = {}
        self.applied = 0
        self.parked = 0

    def watermark(self, source: str, partition: int) -> int:
        return self._store.watermark(source, partition)

    def apply(self, source: str, partition: int, events: Sequence[Event]) -> None:
        """See `shared.bus.port.Sink.apply`."""
        came_from, before = self._stand(source, partition)
        fresh = [event for event in events if event.position > came_from]
        if not fresh:
            return
        held = set(before)
        steps = self._steps(fresh, held)
        try:
            self._write(source, partition, came_from, steps, before)
            self._standing[source, partition] = (fresh[-1].position, frozenset(held))
        except UnfitChange:
            self._write_one_by_one(source, partition, came_from, steps, before)
        self.applied += len(fresh)

    def _stand(self, source: str, partition: int) -> tuple[int, frozenset[str]]:
        """The watermark, and the streams of which something is parked: from the store, or as this worker left them.

        Should another worker have changed them since, the store refuses what follows, and they are read again.
        """
        known = self._standing.pop((source, partition), None)
        if known is not None:
            return known
        # In this order: what is parked later than the watermark is read comes with another watermark.
        came_from = self._store.watermark(source, partition)
        return came_from, frozenset(self._store.parked_streams(source, partition))

    def park_message(self, queue: str, why: str, body: bytes, properties: dict[str, Any]) -> None:
        """Keep a message that is no event: what it says of itself is not trusted, so it holds up no stream."""
        self.parked += 1
        _log.error("message parked", queue=queue, why=why, size=len(body))
        self._store.park_message(
            {
                # Of the body alone: the broker adds properties to what it delivers again.
                "_id": "message:" + hashlib.sha256(body).hexdigest()[:32],
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
        if self._store.generation != self._store.live_generation():
            raise Transient("the views were switched: restart the service first")
        self._standing.pop((source, partition), None)
        applied = 0
        while waiting := self._store.parked_events(source, partition, stream):
            for done, document in enumerate(waiting):
                try:
                    event = self._current(Event.from_envelope(document["envelope"]))
                    self._attempt(event)
                    self._store.unpark(document["_id"], self._changes(event))
                except Transient:
                    raise
                except Exception as error:  # noqa: BLE001 (it stays parked, and those behind it)
                    return {"applied": applied, "waiting": len(waiting) - done, "why": type(error).__name__}
                applied += 1
        return {"applied": applied, "waiting": 0, "why": None}

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

    def _steps(self, events: Sequence[Event], held: set[str]) -> list[_Step]:
        """A step for each commit, in order. `held` then names the streams of which something is parked."""
        if not any(event.name in self._reacts_to for event in events):
            return [self._step(commit, held) for commit in _commits(events)]
        streams: dict[str, list[list[Event]]] = {}
        for commit in _commits(events):
            streams.setdefault(commit[0].stream, []).append(commit)

        def one_by_one(commits: list[list[Event]]) -> list[_Step]:
            return [self._step(commit, held) for commit in commits]

        steps = [step for of_stream in side_by_side(one_by_one, list(streams.values())) for step in of_stream]
        return sorted(steps, key=lambda step: step.events[0].position)

    def _step(self, commit: Sequence[Event], held: set[str]) -> _Step:
        """React to a commit and gather its changes; what fails is parked, and `held` then names its stream."""
        first = commit[0]
        with about(first.correlation_id), tracing.step(f"apply {first.service}", parent=tracing.carried(first.id)):
            return self._stepped(commit, held)

    def _stepped(self, commit: Sequence[Event], held: set[str]) -> _Step:
        step = _Step(list(commit))
        for event in commit:
            if event.stream in held:
                step.parked.append(self._parked(event, _WAITS))
                continue
            try:
                known = self._current(event)
                self._attempt(known)
                step.changes.extend(self._changes(known))
            except Transient:
                raise
            except Exception as error:  # noqa: BLE001 (whatever a handler raises must not stop other streams)
                held.add(event.stream)
                step.parked.append(self._parked(event, type(error).__name__))
        return step

    def _changes(self, event: Event) -> Sequence[Change]:
        function = self._views.get(event.name)
        return function(event) if function else ()

    def _write(
        self, source: str, partition: int, came_from: int, steps: Sequence[_Step], before: frozenset[str]
    ) -> None:
        """`before` are the streams of which something was parked already."""
        parked = [document for step in steps for document in step.parked]
        try:
            self._store.apply(
                [change for step in steps for change in step.changes],
                source=source,
                partition=partition,
                came_from=came_from,
                moves_to=steps[-1].events[-1].position,
                parked=parked,
                behind=sorted(before & {document["stream"] for document in parked}),
            )
        except WatermarkMoved:
            raise Transient("another worker applied these events") from None
        self.parked += len(parked)

    def _write_one_by_one(
        self, source: str, partition: int, came_from: int, steps: Sequence[_Step], before: frozenset[str]
    ) -> None:
        """Find the commit whose changes the store refuses, and park only that and its followers."""
        held: set[str] = set()
        for step in steps:
            stream, position = step.events[0].stream, step.events[-1].position
            kept = self._all_parked(step, _WAITS) if stream in held else step
            try:
                self._write(source, partition, came_from, [kept], before)
            except UnfitChange:
                held.add(stream)
                refused = self._all_parked(step, "the store refuses its change")
                self._write(source, partition, came_from, [refused], before)
            came_from = position

    def _all_parked(self, step: _Step, why: str) -> _Step:
        known = {document["_id"]: document for document in step.parked}
        return _Step(step.events, [], [known.get(event.id) or self._parked(event, why) for event in step.events])

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
