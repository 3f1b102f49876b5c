"""Live updates: which event concerns whom, who listens, and what a listener missed (UI-11).

The bus tells every gateway process everything; each keeps the last events in a ring for those who come back.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.gateway.codec import to_json
from services.gateway.problems import Problem
from shared.contracts.catalogue import audience
from shared.kernel.events import Event

_REMEMBERED = 10_000
_QUEUE = 500
_IDS = ("pair_id", "program_id", "message_id", "post_id", "step_id", "case_id", "notification_id")
_RESET = b"event: reset\ndata: {}\n\n"
_HELLO = b"retry: 2000\n\n"
_HEARTBEAT = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class Update:
    """One event as a listener gets it: never text, never a name, never how far a log is (UI-11, BL-04)."""

    id: str
    people: frozenset[str]
    frame: bytes

    @classmethod
    def of(cls, event: Event) -> Update:
        ids = {name: event.data[name] for name in _IDS if isinstance(event.data.get(name), str)}
        data = to_json({"kind": event.name, "ids": ids})
        frame = b"id: %s\ndata: %s\n\n" % (event.id.encode(), data)
        return cls(event.id, frozenset(audience(event.name, event.data)), frame)


class Listener:
    """One open stream. One that does not keep up is dropped; it comes back with its Last-Event-ID."""

    def __init__(self, person_id: str) -> None:
        self.person_id = person_id
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue(_QUEUE + 1)
        self.dropped = False

    def offer(self, frame: bytes) -> None:
        if self._frames.qsize() >= _QUEUE:
            self.drop()
        elif not self.dropped:
            self._frames.put_nowait(frame)

    def drop(self) -> None:
        """End the stream after what it was offered."""
        if not self.dropped:
            self.dropped = True
            self._frames.put_nowait(None)

    async def frames(self, heartbeat: float, until: float) -> AsyncIterator[bytes]:
        """What to send, with a sign of life every `heartbeat` seconds, until the loop's time is `until`."""
        loop = asyncio.get_running_loop()
        yield _HELLO
        while (left := until - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(heartbeat, left)):
                    frame = await self._frames.get()
            except TimeoutError:
                yield _HEARTBEAT
                continue
            if frame is None:
                return
            yield frame


class Hub:
    """All open streams of this process."""

    def __init__(self, most_per_person: int) -> None:
        self._most = most_per_person
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._ring: OrderedDict[str, Update] = OrderedDict()
        self._closing = False
        self.live = False
        """Whether events arrive at all."""

    @property
    def count(self) -> int:
        return sum(map(len, self._listeners.values()))

    def join(self, person_id: str, last_id: str | None) -> Listener:
        """A new stream, beginning after `last_id`. Raises a Problem where the person has too many."""
        if self._closing:
            raise Problem(503, "unavailable", "The server is about to stop; connect again in a moment.")
        if len(self._listeners[person_id]) >= self._most:
            raise Problem(429, "too-many-streams", f"At most {self._most} streams at a time; close one first.")
        listener = Listener(person_id)
        self._listeners[person_id].add(listener)
        if last_id is not None:
            for frame in self._missed(person_id, last_id):
                listener.offer(frame)
        return listener

    def leave(self, listener: Listener) -> None:
        mine = self._listeners.get(listener.person_id, set())
        mine.discard(listener)
        if not mine:
            self._listeners.pop(listener.person_id, None)

    def _missed(self, person_id: str, last_id: str) -> list[bytes]:
        last = self._ring.get(last_id)
        if last is None or person_id not in last.people:
            return [_RESET]
        found: list[bytes] = []
        for update in reversed(self._ring.values()):
            if update.id == last_id:
                break
            if person_id in update.people:
                found.append(update.frame)
        return found[::-1] if len(found) < _QUEUE else [_RESET]

    def publish(self, event: Event) -> None:
        """Tell those whom it concerns; a second delivery of the same event tells nobody."""
        update = Update.of(event)
        if not update.people or update.id in self._ring:
            return
        self._ring[update.id] = update
        if len(self._ring) > _REMEMBERED:
            self._ring.popitem(last=False)
        for person_id in update.people:
            for listener in self._listeners.get(person_id, ()):
                listener.offer(update.frame)

    def begin(self) -> None:
        """Events arrive from now on. Some may have been missed: what was remembered is no whole any more, and

        everybody is told to look anew.
        """
        self.live = True
        self._ring.clear()
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.offer(_RESET)

    def end(self) -> None:
        """No event arrives until the next `begin`."""
        self.live = False

    def drop_people(self, people: frozenset[str]) -> None:
        for person_id in people & self._listeners.keys():
            for listener in self._listeners[person_id]:
                listener.drop()

    def close(self) -> None:
        """End every stream, for a stop of the process."""
        self._closing = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.drop()
