"""From a queue to a sink, exactly once in effect: batches, in order, holes filled from the producer's feed."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import amqp

from shared.bus.assembly import Assembly, Deliveries
from shared.bus.codec import BadMessage, decode
from shared.bus.link import Link, user_of
from shared.bus.port import Feed, Sink, Transient
from shared.bus.topology import event_queue
from shared.bus.worker import Backoff, Worker
from shared.kernel.events import Event
from shared.watch import tracing

log = logging.getLogger(__name__)

_IDLE_AFTER = 1.0
"""Seconds without a message after which a source counts as idle."""
_TURN = 1.0
"""Seconds that one source is read from the feed while the others wait: in a log that grows there is always more."""


class QueueGoneError(Exception):
    """The broker cancelled the consumer: the queue was deleted, or its leader went away."""


class _Track:
    """How far one source is."""

    def __init__(self, watermark: int, now: float) -> None:
        self.assembly = Assembly(watermark)
        self.stuck_since: float | None = None
        self.seen_at = now
        self.check_at = now + _IDLE_AFTER
        self.checked = watermark
        """The watermark at the last look at the feed: who has moved it since needs no help."""


class Consumer(Worker):
    """Reads one queue with one connection. The watermark, not the broker, decides what is new.

    Nothing is acknowledged before it is applied, so a kill anywhere means a redelivery, and the watermark drops what
    was applied. `sources` are the services whose events this queue carries.
    """

    def __init__(
        self,
        service: str,
        partition: int,
        url: str,
        sink: Sink,
        feed: Feed,
        sources: Sequence[str],
        batch: int = 200,
        hole_after: float = 2.0,
        *,
        prefetch: int = 64,
        check_every: float = 10.0,
    ) -> None:
        super().__init__(f"consumer-{service}-{partition}", url)
        self._queue = event_queue(service, partition)
        self._partition = partition
        self._sink = sink
        self._feed = feed
        self._sources = tuple(sources)
        self._batch = batch
        self._prefetch = prefetch
        self._hole_after = hole_after
        self._check_every = check_every
        user = user_of(url)
        self._account = user if user != service else None
        self._retry = Backoff()
        self.applied = 0
        self.duplicates = 0
        self.parked = 0
        self.fetched = 0

    def session(self, link: Link) -> None:
        now = time.monotonic()
        self._tracks = {s: _Track(self._sink.watermark(s, self._partition), now) for s in self._sources}
        self._deliveries = Deliveries()
        self._inbox: deque[Any] = deque()
        self._channel = link.channel()
        self._channel.basic_qos(0, self._prefetch, False)
        self._subscribe(link)
        while not self.stopping.is_set():
            self._gather(link)
            try:
                self._work(link)
                self._retry.reset()
                self.backoff.reset()
            except Transient:
                pause = self._retry.next()
                log.warning("not taken for now", extra={"worker": self.name, "retry_in": round(pause, 2)})
                self._nap(link, pause)

    def _subscribe(self, link: Link) -> None:
        try:
            self._channel.basic_consume(self._queue, callback=self._came, on_cancel=self._cancelled)
        except (OSError, amqp.AMQPError):
            # Deleted, or without a leader: its events are still in the logs.
            log.error("the queue cannot be read; reading the feed", extra={"worker": self.name})  # noqa: TRY400
            for source, track in self._tracks.items():
                self._fetch(link, source, track, to_the_end=True)
            raise

    def _came(self, message: Any) -> None:
        self._deliveries.came(message.delivery_tag)
        self._inbox.append(message)

    def _cancelled(self, _tag: str) -> None:
        log.error("the broker cancelled the consumer", extra={"worker": self.name})
        raise QueueGoneError(self._queue)

    def _gather(self, link: Link) -> None:
        """Wait for something, and take what else is there. Nobody waits for company: it comes during the work."""
        stuck = any(track.stuck_since is not None for track in self._tracks.values())
        came = link.pump(0.0 if self._inbox else 0.1 if stuck else 0.5)
        while came:
            came = link.pump(0.0)

    def _work(self, link: Link) -> None:
        """One source that cannot be taken now holds up no other. Raises Transient in the end."""
        self._sort()
        away: Transient | None = None
        for source, track in self._tracks.items():
            try:
                self._deliver(link, source, track)
                self._mend(link, source, track)
            except Transient as error:
                away = error
        if away is not None:
            raise away

    def _sort(self) -> None:
        """Every message to the assembly of its source; what is no event to the parking place. Raises Transient."""
        known: list[int] = []
        try:
            while self._inbox:
                message = self._inbox[0]
                if not self._take(message):
                    known.append(message.delivery_tag)
                self._inbox.popleft()
        finally:
            self._ack(known)

    def _take(self, message: Any) -> bool:
        """False where the message is done with: parked, or known already."""
        body, properties = bytes(message.body), message.properties
        try:
            events = self._decode(message, body)
        except BadMessage as bad:
            self._sink.park_message(self._queue, bad.why, body, dict(properties))
            self.parked += 1
            log.error("message parked", extra={"worker": self.name, "why": bad.why})  # noqa: TRY400
            return False
        tracing.came_with(properties, [(event.id, event.position) for event in events])
        track = self._tracks[events[0].service]
        track.seen_at = time.monotonic()
        # Once the last of them is applied, the message is done with.
        last = max(events, key=lambda event: event.position)
        fresh = [track.assembly.add(event, message.delivery_tag if event is last else None) for event in events]
        self.duplicates += fresh.count(False)
        return last.position > track.assembly.watermark

    def _decode(self, message: Any, body: bytes) -> list[Event]:
        events = decode(body, message.properties, key=message.delivery_info["routing_key"], account=self._account)
        if events[0].service not in self._tracks or events[0].partition != self._partition:
            raise BadMessage("not a source of this queue")
        return events

    def _deliver(self, link: Link, source: str, track: _Track) -> None:
        """Apply what is whole and in order, and acknowledge it only then. Raises Transient."""
        while not self.stopping.is_set() and (events := track.assembly.ready(self._batch)):
            self._sink.apply(source, self._partition, events)
            self.applied += len(events)
            self._advance(track, events[-1].position)
            link.tick()

    def _advance(self, track: _Track, position: int) -> None:
        if position > track.assembly.watermark:
            track.stuck_since = None
        self._ack(track.assembly.advance(position))

    def _ack(self, tags: list[int]) -> None:
        for tag, multiple in self._deliveries.settle(tags):
            self._channel.basic_ack(tag, multiple)

    def _mend(self, link: Link, source: str, track: _Track) -> None:
        """Fill a hole that has lasted too long, and look now and then whether the end was lost. Raises Transient."""
        now = time.monotonic()
        if track.assembly.pending:
            self._mend_hole(link, source, track, now)
        elif now >= track.check_at and now - track.seen_at >= _IDLE_AFTER:
            track.check_at = now + self._check_every
            self._check_end(link, source, track)

    def _mend_hole(self, link: Link, source: str, track: _Track, now: float) -> None:
        if track.stuck_since is None:
            # A stand-by that has just become the active consumer knows an old watermark only.
            self._advance(track, self._sink.watermark(source, self._partition))
            track.stuck_since = now
            self._deliver(link, source, track)
        elif now - track.stuck_since >= self._hole_after or len(self._deliveries) >= self._prefetch:
            track.stuck_since = now
            if not self._fetch(link, source, track, to_the_end=False):
                track.stuck_since = now - self._hole_after
            elif track.assembly.pending and track.stuck_since is not None:
                log.error("a hole stays open", extra={"worker": self.name, "source": source})

    def _check_end(self, link: Link, source: str, track: _Track) -> None:
        self._advance(track, self._sink.watermark(source, self._partition))
        unmoved = track.checked == track.assembly.watermark
        if unmoved and not self._fetch(link, source, track, to_the_end=True):
            track.check_at = time.monotonic()
        track.checked = track.assembly.watermark

    def _fetch(self, link: Link, source: str, track: _Track, *, to_the_end: bool) -> bool:
        """Read on from the producer's log until nothing waits behind a hole any more (or to the end of the log).

        False where its turn was over before.
        """
        until = time.monotonic() + _TURN
        while not self.stopping.is_set() and time.monotonic() < until:
            before = track.assembly.watermark
            events = self._read(source, before)
            for event in events:
                self.fetched += track.assembly.add(event)
            self._deliver(link, source, track)
            link.pump(0.0)
            if track.assembly.watermark == before or not (to_the_end or track.assembly.pending):
                return True
        return False

    def _read(self, source: str, after: int) -> list[Event]:
        try:
            events = self._feed(source, self._partition, after, self._batch)
        except Transient:
            log.warning("feed away", extra={"worker": self.name, "source": source})
            return []
        return [e for e in events if e.service == source and e.partition == self._partition]

    def _nap(self, link: Link, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stopping.is_set() and (left := until - time.monotonic()) > 0:
            link.pump(min(left, 0.2))
