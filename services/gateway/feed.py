"""Listens to every event on the bus, for live updates: a queue of this process alone, gone with its connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import structlog

from services.gateway.live import Hub
from shared.bus.link import Link
from shared.bus.topology import EVENTS
from shared.bus.worker import Worker
from shared.kernel.events import Event
from shared.kernel.ids import new_id

_log = structlog.get_logger(__name__)

_MOST_WAITING = 20_000


class LiveFeed(Worker):
    """Hands events to the hub, which lives in the loop of the requests: all that came at once in one call."""

    def __init__(self, url: str, hub: Hub, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__("live-feed", url)
        self._hub = hub
        self._loop = loop
        self._came: list[Event] = []

    def session(self, link: Link) -> None:
        channel = link.channel()
        queue = f"gateway.live.{new_id()}"
        arguments = {"x-max-length": _MOST_WAITING}
        channel.queue_declare(queue, durable=False, exclusive=True, auto_delete=True, arguments=arguments)
        channel.queue_bind(queue, EVENTS, "#")
        channel.basic_consume(queue, callback=self._take, no_ack=True)
        self.backoff.reset()
        self._in_the_loop(self._hub.begin)
        while not self.stopping.is_set():
            link.pump(1.0)
            if self._came:
                came, self._came = self._came, []
                self._in_the_loop(self._publish, came)

    def lost(self, _error: Exception) -> None:
        self._in_the_loop(self._hub.end)

    def _in_the_loop(self, do: Callable[..., None], *what: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(do, *what)

    def _publish(self, events: Sequence[Event]) -> None:
        for event in events:
            self._hub.publish(event)

    def _take(self, message: Any) -> None:
        try:
            event = Event.from_envelope(orjson.loads(bytes(message.body)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("not an event", error=type(error).__name__)
            return
        if message.properties.get("user_id") == event.service:
            self._came.append(event)
        else:
            _log.warning("event from a wrong sender", event_id=event.id)
