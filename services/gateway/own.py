"""What the gateway answers itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.gateway import docs
from services.gateway.codec import to_json
from services.gateway.edge import correlation_id
from services.gateway.endpoint import admit
from services.gateway.gateway import Gateway
from services.gateway.live import Listener
from services.gateway.openapi import document
from services.gateway.problems import Problem
from services.gateway.routes import ROUTES
from services.gateway.routes.route import Route
from shared.contracts.catalogue import SERVICES
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data
from shared.kernel.ids import new_id

Answer = Callable[[Request], Awaitable[Response]]

_PING_WITHIN = 2.0
_LONGEST_STREAM = 3600.0
"""Seconds after which a stream ends at the latest; clients come back by themselves."""


class Own:
    """Endpoints by the name that their route gives them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        described = document(ROUTES, gateway.config.public_url)
        self._openapi = to_json(described)
        self._docs = docs.page(described)

    def answer(self, route: Route) -> Answer:
        found: Callable[[Request, Route], Awaitable[Response]] = getattr(self, route.name)

        async def answer(request: Request) -> Response:
            return await found(request, route)

        return answer

    async def live(self, _request: Request, _route: Route) -> Response:
        return _json({"alive": True})

    async def ready(self, _request: Request, _route: Route) -> Response:
        pings = [self._gateway.services.ping(service, _PING_WITHIN) for service in SERVICES]
        parts = dict(zip(SERVICES, await asyncio.gather(*pings), strict=True))
        parts |= {"broker": self._gateway.hub.live, "standing": self._gateway.standing.fresh}
        ready = all(parts.values())
        return _json({"ready": ready, "parts": parts}, 200 if ready else 503)

    async def metrics(self, _request: Request, _route: Route) -> Response:
        metrics = self._gateway.metrics
        metrics.streams.set(self._gateway.hub.count)
        metrics.broker.set(self._gateway.hub.live)
        metrics.standing.set(self._gateway.standing.fresh)
        asked = [self._gateway.services.progress(service, _PING_WITHIN) for service in SERVICES]
        found = dict(zip(SERVICES, await asyncio.gather(*asked), strict=True))
        metrics.progressed({service: one for service, one in found.items() if one})
        return Response(metrics.text(), headers={"Content-Type": metrics.content_type})

    async def openapi(self, _request: Request, _route: Route) -> Response:
        return Response(self._openapi, headers={"Cache-Control": "no-cache"}, media_type="application/json")

    async def docs(self, _request: Request, _route: Route) -> Response:
        headers = {"Content-Security-Policy": docs.POLICY, "Cache-Control": "no-cache"}
        return Response(self._docs, headers=headers, media_type="text/html")

    async def stream(self, request: Request, route: Route) -> Response:
        """Live updates until the token ends, the person is suspended, or the process stops (SE-09, UI-11, UI-12)."""
        _refuse_other_origin(request, self._gateway.config.public_url)
        actor = await admit(self._gateway, route, request)
        if not self._gateway.hub.live:
            raise Unavailable
        left = min(_LONGEST_STREAM, self._gateway.people.seconds_left(request))
        listener = self._gateway.hub.join(actor.id, request.headers.get("last-event-id"))
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(self._frames(listener, left), headers=headers, media_type="text/event-stream")

    async def export(self, request: Request, route: Route) -> Response:
        """Everything that the services keep about the person; a service that cannot answer is named (P-23)."""
        actor = await admit(self._gateway, route, request)
        context = {"actor": actor.as_dict(), "command_id": new_id(), "correlation_id": correlation_id(request)}
        found = await asyncio.gather(*(self._export_of(service, context) for service in SERVICES))
        copies = dict(zip(SERVICES, found, strict=True))
        await asyncio.to_thread(self._gateway.rights.export, actor.id, new_id(), correlation_id(request))
        return _json(
            {
                "person_id": actor.id,
                "services": {service: copy for service, copy in copies.items() if copy is not None},
                "missing": [service for service, copy in copies.items() if copy is None],
            }
        )

    async def _export_of(self, service: str, context: Data) -> Data | None:
        try:
            reply = await self._gateway.services.ask(service, "export_person", {}, context)
        except (Unavailable, Problem):
            return None
        return reply.answer

    async def erase(self, request: Request, route: Route) -> Response:
        """On record before it is answered; the services forget as they hear of it."""
        actor = await admit(self._gateway, route, request)
        key = request.headers.get("idempotency-key")
        command_id, _ = self._gateway.idempotency.name(key, actor.id, route.method, route.path, {})
        commit = await asyncio.to_thread(self._gateway.rights.erase, actor.id, command_id, correlation_id(request))
        self._gateway.hub.drop_people(frozenset({actor.id}))
        position = f"gateway.{commit.partition}.{commit.position}"
        return Response(
            to_json({"person_id": actor.id}), route.status, {"X-Log-Position": position}, "application/json"
        )

    async def _frames(self, listener: Listener, left: float) -> AsyncIterator[bytes]:
        until = asyncio.get_running_loop().time() + left
        try:
            async for frame in listener.frames(self._gateway.config.heartbeat, until):
                yield frame
        finally:
            self._gateway.hub.leave(listener)


def _refuse_other_origin(request: Request, public_url: str) -> None:
    origin = request.headers.get("origin")
    own = urlsplit(public_url)
    if origin is not None and origin != f"{own.scheme}://{own.netloc}":
        raise Problem(403, "cross-origin", "Live updates are for pages of this site alone.")


def _json(value: object, status: int = 200) -> Response:
    return Response(to_json(value), status, media_type="application/json")
