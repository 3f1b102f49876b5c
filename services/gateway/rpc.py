"""Asks services over RPC from asyncio; the connection is in a thread of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from services.gateway.problems import Problem
from shared.bus.port import Transient
from shared.bus.rpc_client import NotAsked, RemoteError, RpcClient, result_of
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data
from shared.watch import tracing

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

    async def footprint(self, service: str, person_id: str, place: list[int] | None) -> Data: ...

    async def erasure(self, service: str, person_id: str, partition: int, position: int, *, within: float) -> Data: ...


class Rpc:
    """The services over the broker."""

    def __init__(self, client: RpcClient, timeout: float) -> None:
        self._client = client
        self._timeout = timeout

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
        """What a process of a service counted, and how far it is; empty where none says so in time."""
        try:
            return _ok(await self._call(service, "progress", [], within))
        except (Unavailable, Problem):
            return {}

    async def footprint(self, service: str, person_id: str, place: list[int] | None) -> Data:
        """A page of a person's copy: see `shared.application.footprint`."""
        return _ok(await self._call(service, "footprint", [person_id, place], self._timeout))

    async def erasure(self, service: str, person_id: str, partition: int, position: int, *, within: float) -> Data:
        """How far a service is with an erasure: see `shared.runtime.erasure`."""
        return _ok(await self._call(service, "erasure", [person_id, partition, position], within))

    async def _call(self, service: str, method: str, args: list[Any], within: float) -> Any:
        if not self._client.connected or self._client.in_flight >= _MOST_IN_FLIGHT:
            raise Unavailable
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()

        def answered(found: bytes | Transient) -> None:
            loop.call_soon_threadsafe(_settle, answer, found)

        call_id = None
        try:
            with tracing.step(f"call {service}"):
                call_id = self._client.send(service, method, args, {}, within=within, answered=answered)
                async with asyncio.timeout(within):
                    return result_of(await answer)
        except NotAsked:
            raise Unavailable from None
        except (TimeoutError, Transient):
            raise Unavailable(_UNKNOWN_OUTCOME) from None
        except RemoteError as error:
            _log.error("rpc failed", what=f"{service}.{method}", error=error.kind)
            raise Problem(500, "internal-error", "Something went wrong on our side.") from None
        finally:
            if call_id is not None:
                self._client.forget(call_id)


def _settle(answer: asyncio.Future[bytes], found: bytes | Transient) -> None:
    if answer.done():
        return
    if isinstance(found, Transient):
        answer.set_exception(found)
    else:
        answer.set_result(found)


def _ok(result: Any) -> Data:
    if "problem" in result:
        raise Problem.from_reply(result["problem"])
    return dict(result["ok"])


def _read(result: Any) -> Reply:
    found = _ok(result)
    return Reply(found["answer"], found.get("position"), found.get("etag"))
