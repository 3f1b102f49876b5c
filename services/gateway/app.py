"""The ASGI application: the route table made into routes, and what runs beside the requests."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Router
from starlette.routing import Route as Address

from services.gateway.backbone import Backbone
from services.gateway.config import Config
from services.gateway.edge import Edge, name_route
from services.gateway.endpoint import Endpoint
from services.gateway.gateway import Gateway
from services.gateway.live import Hub
from services.gateway.own import Own
from services.gateway.problems import Problem
from services.gateway.routes import ROUTES
from services.gateway.routes.route import Does, Route
from services.gateway.rpc import Rpc
from shared.auth.keys import keys_at
from shared.auth.tokens import Verifier
from shared.runtime.logs import configure
from shared.runtime.settings import Settings
from shared.watch import tracing

_log = structlog.get_logger(__name__)

Answer = Callable[[Request], Awaitable[Response]]


def application(
    gateway: Gateway, beside: Sequence[Callable[[], Awaitable[None]]] = (), backbone: Backbone | None = None
) -> Edge:
    """The gateway as an ASGI application. `beside` and the backbone run for as long as it does."""

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        tasks = [asyncio.ensure_future(_guarded(loop)) for loop in beside]
        if backbone:
            backbone.start()
        yield
        gateway.hub.close()
        for task in tasks:
            task.cancel()
        if backbone:
            await asyncio.to_thread(backbone.stop)
        await asyncio.gather(*tasks, return_exceptions=True)

    router = Router(addresses(gateway, ROUTES), redirect_slashes=False, lifespan=lifespan)
    return Edge(router, gateway.metrics)


def addresses(gateway: Gateway, routes: Sequence[Route]) -> list[BaseRoute]:
    """One address for each path, whatever its methods; fixed words before parameters."""
    own = Own(gateway)
    by_path: dict[str, dict[str, Answer]] = {}
    for route in routes:
        answer = own.answer(route) if route.does is Does.OWN else Endpoint(gateway, route).answer
        by_path.setdefault(route.path, {})[route.method] = answer
    # "~" sorts after every letter, so `/read` is tried before `/{message_id}`.
    paths = sorted(by_path, key=lambda path: re.sub(r"{\w+}", "~", path))
    return [Address(path, _by_method(path, by_path[path]), methods=None) for path in paths]


def _by_method(path: str, answers: dict[str, Answer]) -> Any:
    if "GET" in answers:
        answers = {**answers, "HEAD": answers["GET"]}
    allowed = {"Allow": ", ".join(sorted(answers))}

    class Dispatch:
        """A class, so that Starlette leaves the methods to us."""

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            request = Request(scope, receive)
            name_route(request, path)
            found = answers.get(request.method)
            if found is None:
                detail = "This address does not take that method; see the header Allow."
                raise Problem(405, "method-not-allowed", detail, headers=allowed)
            response = await found(request)
            await response(scope, receive, send)

    return Dispatch()


async def _guarded(loop: Callable[[], Awaitable[None]]) -> None:
    """A loop that ends by a mistake of ours is begun again, and said."""
    while True:
        try:
            await loop()
        except Exception as error:  # noqa: BLE001
            _log.error("a background loop failed", error=type(error).__name__)
        await asyncio.sleep(1.0)


def from_environment() -> Edge:
    """The application as the environment describes it. Raises Fault where that does not do."""
    settings = Settings.from_environment("gateway")
    configure(settings.log_level)
    tracing.configure("gateway")
    config = Config.from_environment(settings.public_url)
    verifier = Verifier(settings.oidc_issuer, settings.oidc_audience, keys_at(settings.oidc_jwks_url))
    hub = Hub(config.streams_per_person)
    backbone = Backbone(settings, hub)
    rpc = Rpc(backbone.client, config.rpc_timeout)
    gateway = Gateway.assemble(config, rpc, verifier, settings.key_file().keys, hub, backbone.rights, backbone.sessions)
    app = application(gateway, [gateway.standing.run, gateway.erasures.run], backbone)
    app.gateway = gateway
    return app
