"""Listens to every event on the bus, for live updates: a queue of this process alone, gone with its connection."""

from __future__ import annotations

import asyncio

import orjson
import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage

from services.gateway.link import watch
from services.gateway.live import Hub
from shared.bus.topology import EVENTS
from shared.kernel.events import Event
from shared.kernel.ids import new_id

_log = structlog.get_logger(__name__)

_MOST_WAITING = 20_000


class LiveFeed:
    """A part of the gateway's link that hands events to the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def opened(self, connection: AbstractConnection, lost: asyncio.Event) -> None:
        channel = await connection.channel()
        watch(channel, lost)
        queue = await channel.declare_queue(
            f"gateway.live.{new_id()}",
            durable=False,
            exclusive=True,
            auto_delete=True,
            arguments={"x-max-length": _MOST_WAITING},
        )
        await queue.bind(EVENTS, "#")
        await queue.consume(self._came, no_ack=True, exclusive=True)
        self._hub.live = True
        self._hub.gap()

    def closed(self) -> None:
        self._hub.live = False

    async def _came(self, message: AbstractIncomingMessage) -> None:
        try:
            event = Event.from_envelope(orjson.loads(message.body))
            if message.user_id == event.service:
                self._hub.publish(event)
                return
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("not an event", error=type(error).__name__)
            return
        _log.warning("event from a wrong sender", event_id=event.id)
