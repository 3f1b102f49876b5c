"""Asks services over nameko's wire protocol: one reply queue for any number of requests in flight."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import aio_pika
import orjson
import structlog
from aio_pika.abc import AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import DeliveryError

from services.gateway.link import watch
from services.gateway.problems import Problem
from shared.bus.topology import RPC
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data
from shared.kernel.ids import new_id

_log = structlog.get_logger(__name__)

_MOST_IN_FLIGHT = 2000
_UNKNOWN_OUTCOME = (
    "The answer did not come in time. What was asked may or may not have been done: repeat it with the same "
    "Idempotency-Key to find out."
)


@dataclass(frozen=True, slots=True)
class Reply:
    """`position` is one or more `service.partition.position`, joined by commas; `etag` the version of what it is."""

    answer: Data
    position: str | None = None
    etag: int | None = None


class Services(Protocol):
    """The services behind the gateway. Raises Problem for what they refuse, Unavailable where they are away."""

    async def execute(self, service: str, command: str, data: Data, context: Data) -> Reply: ...

    async def ask(
        self, service: str, query: str, params: Data, context: Data, *, within: float | None = None
    ) -> Reply: ...

    async def ping(self, service: str, within: float) -> bool: ...

    async def progress(self, service: str, within: float) -> Data: ...


class Rpc:
    """The services over the broker: a part of the gateway's link."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._exchange: AbstractExchange | None = None
        self._reply_key = ""
        self._waiting: dict[str, asyncio.Future[bytes]] = {}

    async def opened(self, connection: AbstractConnection, lost: asyncio.Event) -> None:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        watch(channel, lost)
        key = f"gateway.reply.{new_id()}"
        queue = await channel.declare_queue(key, durable=False, exclusive=True, auto_delete=True)
        await queue.bind(RPC, key)
        await queue.consume(self._replied, no_ack=True, exclusive=True)
        self._reply_key = key
        self._exchange = await channel.get_exchange(RPC, ensure=False)

    def closed(self) -> None:
        self._exchange = None
        for future in self._waiting.values():
            _fail(future, Unavailable(_UNKNOWN_OUTCOME))

    async def execute(self, service: str, command: str, data: Data, context: Data) -> Reply:
        return _read(await self._call(service, "execute", [command, data, context], self._timeout))

    async def ask(self, service: str, query: str, params: Data, context: Data, *, within: float | None = None) -> Reply:
        return _read(await self._call(service, "ask", [query, params, context], within or self._timeout))

    async def ping(self, service: str, within: float) -> bool:
        try:
            return bool(await self._call(service, "ping", [], within) == "pong")
        except (Unavailable, Problem):
            return False

    async def progress(self, service: str, within: float) -> Data:
        """How far a service's log, relay and views are; empty where it does not say in time."""
        try:
            found: Data = (await self._call(service, "progress", [], within)).get("ok", {})
        except (Unavailable, Problem):
            return {}
        return found

    async def _call(self, service: str, method: str, args: list[Any], within: float) -> Any:
        exchange = self._exchange
        if exchange is None or len(self._waiting) >= _MOST_IN_FLIGHT:
            raise Unavailable
        call_id = new_id()
        future = asyncio.get_running_loop().create_future()
        self._waiting[call_id] = future
        message = aio_pika.Message(
            orjson.dumps({"args": args, "kwargs": {}}),
            content_type="application/json",
            content_encoding="utf-8",
            correlation_id=call_id,
            reply_to=self._reply_key,
            # A service that comes back late must not do what the caller has given up on.
            expiration=within,
        )
        # The confirm is not waited for: the reply is the better one. It only tells that there is no such service.
        sent = asyncio.ensure_future(exchange.publish(message, f"{service}.{method}", mandatory=True, timeout=within))
        sent.add_done_callback(partial(self._sent, call_id))
        try:
            async with asyncio.timeout(within):
                return _result(await future, service, method)
        except TimeoutError:
            raise Unavailable(_UNKNOWN_OUTCOME) from None
        finally:
            self._waiting.pop(call_id, None)

    def _sent(self, call_id: str, sent: asyncio.Future[Any]) -> None:
        error = None if sent.cancelled() else sent.exception()
        future = self._waiting.get(call_id)
        if error is not None and future is not None:
            _fail(future, Unavailable() if isinstance(error, DeliveryError) else Unavailable(_UNKNOWN_OUTCOME))

    async def _replied(self, message: AbstractIncomingMessage) -> None:
        future = self._waiting.get(message.correlation_id or "")
        if future is not None and not future.done():
            future.set_result(message.body)


def _fail(future: asyncio.Future[bytes], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _result(body: bytes, service: str, method: str) -> Any:
    try:
        reply = orjson.loads(body)
        error = reply["error"]
    except (ValueError, KeyError, TypeError):
        error = {"exc_type": "Undecodable"}
    if error:
        _log.error("rpc failed", what=f"{service}.{method}", error=str(error.get("exc_type")))
        raise Problem(500, "internal-error", "Something went wrong on our side.")
    return reply["result"]


def _read(result: Any) -> Reply:
    if "problem" in result:
        raise Problem.from_reply(result["problem"])
    found = result["ok"]
    return Reply(found["answer"], found.get("position"), found.get("etag"))
