"""From the log to the exchange: the log is the outbox, and a checkpoint says how far the broker has taken it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import amqp

from shared.bus import codec
from shared.bus.link import Link, user_of
from shared.bus.topology import BATCHES, EVENTS
from shared.bus.worker import Worker
from shared.eventlog.port import EventLog
from shared.kernel.events import Commit, Event
from shared.watch import tracing

log = logging.getLogger(__name__)

Wait = Callable[[int, int, float], bool]
"""(partition, after, seconds) → whether there are commits past `after` now; returns early when one comes."""


_BATCH_BYTES = 64 * 1024

_CONFIRMS_EVERY = 0.005
"""Seconds between two looks for confirms while nothing is appended."""

_Item: TypeAlias = tuple[Event, codec.Encoded]


class NotTakenError(Exception):
    """The broker did not take an event: nobody is bound to it, a queue is full, or it does not confirm."""


class Window:
    """Which positions are confirmed. Confirms come in any order, one by one or many at once."""

    def __init__(self, position: int) -> None:
        self._complete = position
        self._open: dict[int, int] = {}
        self._tag = 0

    def __len__(self) -> int:
        return len(self._open)

    def sent(self, position: int) -> None:
        """The next message of the channel belongs to `position`."""
        self._tag += 1
        self._open[self._tag] = position

    def complete(self, position: int) -> None:
        """Every message of `position` is sent."""
        self._complete = position

    def acked(self, tag: int, multiple: bool) -> None:
        if not multiple:
            self._open.pop(tag, None)
            return
        for earlier in [open_tag for open_tag in self._open if open_tag <= tag]:
            del self._open[earlier]

    @property
    def confirmed(self) -> int:
        """The last position up to which everything is confirmed."""
        first = next(iter(self._open.values()), None)
        return self._complete if first is None else min(self._complete, first - 1)


class Relay(Worker):
    """Publishes one partition past its checkpoint, in order, and moves the checkpoint only after the confirms.

    Killed anywhere it publishes a little again; consumers drop what they know by its position.
    """

    def __init__(
        self,
        log: EventLog,
        partition: int,
        url: str,
        load_checkpoint: Callable[[], int],
        save_checkpoint: Callable[[int], None],
        wait: Wait | None = None,
        *,
        window: int = 500,
        confirm_within: float = 30.0,
        save_every: float = 0.2,
    ) -> None:
        super().__init__(f"relay-{log.service}-{partition}", url)
        self._log = log
        self._partition = partition
        self._load = load_checkpoint
        self._save = save_checkpoint
        self._wait = wait or self._poll
        self._size = window
        self._confirm_within = confirm_within
        self._save_every = save_every
        self._user = user_of(url)
        self.published = 0
        self.confirmed = 0
        self.returned = 0
        self.position = 0
        """The checkpoint: everything up to it is with the broker."""

    def session(self, link: Link) -> None:
        channel = link.channel()
        channel.confirm_select()
        self.position = sent = self._load()
        window = Window(sent)
        self._listen(channel, window)
        self._progress_at = self._saved_at = time.monotonic()
        while not self.stopping.is_set():
            commits = self._log.feed(self._partition, sent, self._size)
            for batch in _batches(commits):
                self._publish(link, channel, window, batch)
                sent = batch[-1][0].position
            link.pump(0.0)
            self._settle(window)
            if len(commits) < self._size:
                self._rest(link, window, sent)
        self._drain(link, window)

    def _listen(self, channel: Any, window: Window) -> None:
        def acked(tag: int, multiple: bool) -> None:
            before = len(window)
            window.acked(tag, multiple)
            self.confirmed += before - len(window)
            self._progress_at = time.monotonic()

        def nacked(_tag: int, _multiple: bool) -> None:
            raise NotTakenError("a queue refused it: it is full, or has no leader")

        def returned(_error: Exception, _exchange: str, key: str, _message: Any) -> None:
            self.returned += 1
            log.error("event unroutable: no queue is bound to it", extra={"worker": self.name, "routing_key": key})
            raise NotTakenError("unroutable")

        channel.events["basic_ack"].add(acked)
        channel.events["basic_nack"].add(nacked)
        channel.events["basic_return"].add(returned)

    def _publish(self, link: Link, channel: Any, window: Window, batch: Sequence[_Item]) -> None:
        """All of them at once for the queues of services, and each by itself for whoever listens, if anybody does."""
        if len(window) >= self._size:
            self._make_room(link, window)
        first, last = batch[0][0], batch[-1][0]
        traces = _traces(batch)
        window.sent(first.position)
        together = codec.encode_batch(first, [body for _, (body, _, _) in batch])
        self._send(channel, BATCHES, together, {tracing.BATCH_HEADER: traces} if traces else {})
        for event, single in batch:
            window.sent(event.position)
            trace = traces.get(str(event.position))
            self._send(channel, EVENTS, single, {tracing.HEADER: trace} if trace else {})
        window.complete(last.position if last.index + 1 == last.of else last.position - 1)
        self.published += len(batch)

    def _send(self, channel: Any, exchange: str, encoded: codec.Encoded, headers: Mapping[str, Any]) -> None:
        body, properties, key = encoded
        if headers:
            properties["application_headers"] = headers
        properties["user_id"] = self._user  # the broker refuses any other name than that of the connection
        channel.basic_publish(amqp.Message(body, **properties), exchange, key, mandatory=exchange == BATCHES)

    def _make_room(self, link: Link, window: Window) -> None:
        """Half a window of it: message by message, broker and relay would wake each other for every one."""
        while len(window) > self._size // 2:
            self._await_confirms(link, window, 0.2)

    def _await_confirms(self, link: Link, window: Window, seconds: float) -> None:
        link.pump(seconds)
        self._settle(window)
        if window and time.monotonic() - self._progress_at > self._confirm_within:
            raise NotTakenError("no confirms")

    def _settle(self, window: Window) -> None:
        """Move the checkpoint, not more often than `save_every` while there is more to come."""
        due = not window or time.monotonic() - self._saved_at >= self._save_every
        if due and window.confirmed > self.position:
            self._save(window.confirmed)
            self.position = window.confirmed
            self._saved_at = time.monotonic()
            self.backoff.reset()

    def _rest(self, link: Link, window: Window, sent: int) -> None:
        """Until something is appended, which goes out at once, whether or not what went before is confirmed."""
        while window and not self.stopping.is_set():
            if self._wait(self._partition, sent, _CONFIRMS_EVERY):
                return
            self._await_confirms(link, window, 0.0)
        if not self._wait(self._partition, sent, 0.5):
            self._progress_at = time.monotonic()

    def _drain(self, link: Link, window: Window) -> None:
        """Half a second for the last confirms, so that the next start has less to repeat."""
        deadline = time.monotonic() + 0.5
        while window and time.monotonic() < deadline:
            link.pump(0.05)
        if window.confirmed > self.position:
            self._save(window.confirmed)
            self.position = window.confirmed

    def _poll(self, _partition: int, _after: int, seconds: float) -> bool:
        return not self.stopping.wait(min(seconds, 0.05))


def _batches(commits: Sequence[Commit]) -> Iterator[list[_Item]]:
    """Their events in order, as many together as fit. What comes alone goes alone: nothing waits to fill a batch."""
    batch: list[_Item] = []
    room = _BATCH_BYTES
    for event in (event for commit in commits for event in commit.events):
        encoded = codec.encode(event)
        if batch and len(encoded[0]) > room:
            yield batch
            batch, room = [], _BATCH_BYTES
        batch.append((event, encoded))
        room -= len(encoded[0])
    if batch:
        yield batch


def _traces(batch: Sequence[_Item]) -> dict[str, str]:
    """What leads from each commit to its trace, by position, as far as there is one."""
    if not tracing.on():
        return {}
    commits = {event.position: event for event, _ in batch}
    found = {str(p): tracing.mark(f"relay {event.service}", event.correlation_id) for p, event in commits.items()}
    return {position: trace for position, trace in found.items() if trace}
