"""What the gateway answers itself."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.gateway import docs
from services.gateway.auth import refuse_other_origin
from services.gateway.codec import to_json
from services.gateway.edge import correlation_id
from services.gateway.endpoint import admit
from services.gateway.exports import Exports
from services.gateway.forgetting import Forgetting
from services.gateway.gateway import Gateway
from services.gateway.kept import Kept
from services.gateway.live import Listener
from services.gateway.openapi import document
from services.gateway.routes import ROUTES
from services.gateway.routes.route import Route
from services.gateway.sessions import ENDED
from services.gateway.spreadsheets import Spreadsheets
from shared.contracts.catalogue import SERVICES, SOURCES
from shared.kernel.errors import NotFound, Unavailable
from shared.kernel.events import Data

Answer = Callable[[Request], Awaitable[Response]]

_PING_WITHIN = 2.0
_LONGEST_STREAM = 3600.0
"""Seconds after which a stream ends at the latest; clients come back by themselves."""


class Own:
    """Endpoints by the name that their route gives them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._pings = Kept(self._ping, gateway.config.probes_every)
        self._progress = Kept(self._ask_progress, gateway.config.probes_every)
        self._openapi, self._docs = _description(gateway.config.public_url)
        self._exports = Exports(gateway)
        self._forgetting = Forgetting(gateway)
        self._spreadsheets = Spreadsheets(gateway)

    def answer(self, route: Route) -> Answer:
        room = next(
            room for room in (self, self._exports, self._forgetting, self._spreadsheets) if hasattr(room, route.name)
        )
        found: Callable[[Request, Route], Awaitable[Response]] = getattr(room, route.name)

        async def answer(request: Request) -> Response:
            return await found(request, route)

        return answer

    async def live(self, _request: Request, _route: Route) -> Response:
        return _json({"alive": True})

    async def ready(self, _request: Request, _route: Route) -> Response:
        parts = dict(await self._pings.get())
        parts |= {"broker": self._gateway.hub.live, "standing": self._gateway.standing.fresh}
        parts["sessions"] = self._gateway.sessions.known
        ready = all(parts.values())
        return _json({"ready": ready, "parts": parts}, 200 if ready else 503)

    async def metrics(self, request: Request, _route: Route) -> Response:
        _refuse_watchers(request, self._gateway.config.metrics_token)
        metrics = self._gateway.metrics
        hub = self._gateway.hub
        metrics.is_now(hub.count, broker=hub.live, standing=self._gateway.standing.fresh)
        metrics.progressed(await self._progress.get())
        return Response(metrics.text(), headers={"Content-Type": metrics.content_type})

    async def _ping(self) -> dict[str, bool]:
        pings = [self._gateway.services.ping(service, _PING_WITHIN) for service in SERVICES]
        return dict(zip(SERVICES, await asyncio.gather(*pings), strict=True))

    async def _ask_progress(self) -> dict[str, Data]:
        asked = [self._gateway.services.progress(service, _PING_WITHIN) for service in SOURCES]
        return dict(zip(SOURCES, await asyncio.gather(*asked), strict=True))

    async def openapi(self, _request: Request, _route: Route) -> Response:
        return Response(self._openapi, headers={"Cache-Control": "no-cache"}, media_type="application/json")

    async def docs(self, _request: Request, _route: Route) -> Response:
        headers = {"Content-Security-Policy": docs.POLICY, "Cache-Control": "no-cache"}
        return Response(self._docs, headers=headers, media_type="text/html")

    async def stream(self, request: Request, route: Route) -> Response:
        """Live updates until the token ends, the person is suspended, or the process stops (SE-09, UI-11, UI-12)."""
        refuse_other_origin(request, self._gateway.config.public_url)
        actor = await admit(self._gateway, route, request)
        if not self._gateway.hub.live:
            raise Unavailable
        left = min(_LONGEST_STREAM, self._gateway.people.seconds_left(request))
        listener = self._gateway.hub.join(actor.id, request.headers.get("last-event-id"))
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(self._frames(listener, left), headers=headers, media_type="text/event-stream")

    async def end_sessions(self, request: Request, route: Route) -> Response:
        """On record before it is answered; every process of the gateway hears of it within moments (SE-09)."""
        actor = await admit(self._gateway, route, request)
        key = request.headers.get("idempotency-key")
        command_id, _ = self._gateway.idempotency.name(key, actor.id, route.method, route.path, {})
        about = {"person_id": actor.id}
        commit = await asyncio.to_thread(self._gateway.rights.record, ENDED, about, command_id, correlation_id(request))
        for event in commit.events:
            self._gateway.sessions.note(event)
        self._gateway.hub.drop_people(frozenset({actor.id}))
        position = self._gateway.positions.sealed(f"gateway.{commit.partition}.{commit.position}")
        return Response(to_json(about), route.status, {"X-Log-Position": position}, "application/json")

    async def _frames(self, listener: Listener, left: float) -> AsyncIterator[bytes]:
        until = asyncio.get_running_loop().time() + left
        try:
            async for frame in listener.frames(self._gateway.config.heartbeat, until):
                yield frame
        finally:
            self._gateway.hub.leave(listener)


def _refuse_watchers(request: Request, token: str | None) -> None:
    """Who sees a count of blocks or reports move learns that somebody just blocked or reported (BL-04)."""
    shown = request.headers.get("authorization", "").encode()
    if token is not None and not (token and hmac.compare_digest(shown, f"Bearer {token}".encode())):
        raise NotFound


@cache
def _description(server: str) -> tuple[bytes, str]:
    """The OpenAPI document, and the page that shows it."""
    described = document(ROUTES, server)
    return to_json(described), docs.page(described)


def _json(value: object, status: int = 200) -> Response:
    return Response(to_json(value), status, media_type="application/json")
