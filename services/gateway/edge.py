"""What holds for every request: a correlation id, security headers, one log line, and no answer without a problem."""

from __future__ import annotations

import time
from typing import Any

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.gateway import Gateway
from services.gateway.metrics import Metrics, watched_route
from services.gateway.problems import problem_of, response_of
from shared.kernel.ids import new_id
from shared.watch import tracing
from shared.watch.correlation import about as correlated

_log = structlog.get_logger(__name__)

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"interest-cohort=()"),
    (b"cache-control", b"no-store"),
)
"""Given to every answer that does not say otherwise (SE-11). There is no CORS header at all."""


def correlation_id(request: Request) -> str:
    return str(request.scope["state"]["correlation_id"])


def name_route(request: Request, path: str) -> None:
    """The template of the route, for logs and metrics."""
    request.scope["state"]["route"] = path


class Edge:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self.gateway: Gateway | None = None
        """Set where the process has to reach it from outside a request, to end streams before it stops."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        about: dict[str, Any] = {"correlation_id": new_id(), "route": "none"}
        scope["state"] = {**scope.get("state", {}), **about}
        scope.setdefault("app", self)
        watched = _Watched(send, about["correlation_id"])
        started = time.perf_counter()
        with correlated(about["correlation_id"]), tracing.request("http", about["correlation_id"]):
            try:
                await self._app(scope, receive, watched)
            except Exception as error:  # noqa: BLE001 (the last resort)
                problem = problem_of(error)
                if problem.status == 500:
                    _log.error(
                        "request failed",
                        **about | {"route": scope["state"]["route"]},
                        error=type(error).__name__,
                        where=_where(error),
                    )
                if watched.status is None:
                    await response_of(problem, about["correlation_id"])(scope, receive, watched)
            tracing.rename(f"http {watched_route(scope['state']['route'])}")
        took = (watched.at or time.perf_counter()) - started
        route = scope["state"]["route"]
        self._metrics.answered(scope["method"], route, watched.status or 0, took)
        _log.info(
            "request",
            method=scope["method"] if scope["method"].isalpha() else "other",
            route=route,
            status=watched.status,
            duration_ms=round(took * 1000, 1),
            correlation_id=about["correlation_id"],
        )


class _Watched:
    """Sends, adds the headers, and remembers what was sent and when."""

    def __init__(self, send: Send, correlation_id: str) -> None:
        self._send = send
        self._extra = (*_HEADERS, (b"x-correlation-id", correlation_id.encode()))
        self.status: int | None = None
        self.at: float | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.at = time.perf_counter()
            headers = list(message.get("headers", ()))
            given = {name.lower() for name, _ in headers}
            message["headers"] = [*headers, *(pair for pair in self._extra if pair[0] not in given)]
        await self._send(message)


def _where(error: BaseException) -> str:
    """File and line: places in code hold no private text, the messages of exceptions may."""
    places = []
    traceback = error.__traceback__
    while traceback is not None:
        places.append(f"{traceback.tb_frame.f_code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return " < ".join(reversed(places[-4:]))
