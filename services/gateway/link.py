"""One connection to the broker for everything that the gateway does with it; it comes back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection
from yarl import URL

_log = structlog.get_logger(__name__)

_CONNECT_WITHIN = 5.0
_HEARTBEAT = "15"
_PAUSES = (0.1, 0.3, 1.0, 2.0)


class Part(Protocol):
    """Something that lives on the connection."""

    async def opened(self, connection: AbstractConnection, lost: asyncio.Event) -> None:
        """Set up on a new connection; set `lost` when a channel of it is closed."""
        ...

    def closed(self) -> None:
        """The connection is gone: nobody will answer what waits on it."""
        ...


class Link:
    """Keeps a connection open, and its parts informed, for as long as `run` runs."""

    def __init__(self, url: str, parts: Sequence[Part]) -> None:
        self._url = URL(url).update_query(heartbeat=_HEARTBEAT)
        self._parts = parts
        self.up = False

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                await self._session()
                failures = 0
            except Exception as error:  # noqa: BLE001 (whatever it was: try again)
                failures += 1
                if failures == 1:
                    _log.warning("broker is away", error=type(error).__name__)
            await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])

    async def _session(self) -> None:
        lost = asyncio.Event()
        connection = await aio_pika.connect(self._url, timeout=_CONNECT_WITHIN)
        connection.close_callbacks.add(_setting(lost))
        try:
            async with asyncio.timeout(_CONNECT_WITHIN):
                for part in self._parts:
                    await part.opened(connection, lost)
            self.up = True
            _log.info("broker is there")
            await lost.wait()
        finally:
            self.up = False
            for part in self._parts:
                part.closed()
            with suppress(Exception):
                async with asyncio.timeout(1.0):
                    await connection.close()


def _setting(lost: asyncio.Event) -> Any:
    def callback(*_: object) -> None:
        lost.set()

    return callback


def watch(channel: Any, lost: asyncio.Event) -> None:
    """A closed channel is as good as a lost connection: everything is set up anew."""
    channel.close_callbacks.add(_setting(lost))
