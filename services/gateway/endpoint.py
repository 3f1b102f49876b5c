"""One route at work: who asks, may they come in, what do they say; then the service decides."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.auth import NOBODY, refuse_other_origin
from services.gateway.codec import to_json
from services.gateway.edge import correlation_id
from services.gateway.gateway import Gateway
from services.gateway.inputs import data_of, refuse_body
from services.gateway.positions import At, etag, positions, read_if_match, seen_by
from services.gateway.problems import Problem
from services.gateway.routes.route import Does, Route, Who, fields_of
from services.gateway.rpc import Reply
from shared.auth.tokens import Claims
from shared.kernel.actor import Actor
from shared.kernel.errors import KeyReused, Refusal, Unavailable
from shared.kernel.events import Data
from shared.kernel.ids import new_id

_READ_ONLY = frozenset({"GET", "HEAD"})
_BARRIER_WITHIN = 2.0
_BARRIER_AGAIN = 0.1
"""Seconds. Who is behind on a block counts on it that the block was not answered sooner (see `shared.bus.scout`)."""


async def admit(gateway: Gateway, route: Route, request: Request) -> Actor:
    """The person, if they may come in at all. Raises a Problem or Refusal."""
    if route.who is Who.ANYBODY:
        gateway.per_address.take(_address(request))
        return NOBODY
    claims = _claims(gateway, route, request)
    gateway.rights.check(claims)
    gateway.sessions.check(claims)
    if not route.unlimited:
        # What a person needs for their safety is counted apart, so that nothing else uses it up.
        gateway.per_person.take(f"{claims.sub}\x1fsafety" if route.even_suspended else claims.sub)
        gateway.per_route.take(route, claims.sub)
    gateway.standing.check(route, claims.sub)
    if request.method not in _READ_ONLY:
        refuse_other_origin(request, gateway.config.public_url)
    if route.does is Does.OWN and not route.in_query:
        await refuse_body(request)
    gateway.contacts.saw(claims)
    return claims.actor()


def _claims(gateway: Gateway, route: Route, request: Request) -> Claims:
    """Who asks. Where there is no limit on asking, there still is one on asking without being anybody (BL-08)."""
    if not route.unlimited:
        gateway.per_address.take(_address(request))
        return gateway.people.claims(request)
    try:
        return gateway.people.claims(request)
    except Refusal:
        gateway.per_address.take(_address(request))
        raise


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


class Endpoint:
    """Answers a route that a service stands behind."""

    def __init__(self, gateway: Gateway, route: Route) -> None:
        self._gateway = gateway
        self._route = route

    async def answer(self, request: Request) -> Response:
        route = self._route
        actor = await admit(self._gateway, route, request)
        at = self._gateway.positions.read(request.headers.get("x-log-position"))
        if_match = read_if_match(request.headers.get("if-match"), needed=route.edits)
        data = await data_of(request, route, actor.id, self._gateway.cursors)
        context = {
            "actor": actor.as_dict(),
            "correlation_id": correlation_id(request),
            "if_match": if_match,
            "at": [] if route.at_once else seen_by(route.service, at),
        }
        if route.does is Does.QUERY:
            reply = await self._gateway.services.ask(
                route.service, route.name, data, {**context, "command_id": new_id(), "if_match": None}
            )
        else:
            reply = await self._command(request, actor, data, context)
        return self._response(reply, request.scope["path"], actor)

    async def _command(self, request: Request, actor: Actor, data: Data, context: Data) -> Reply:
        route, gateway = self._route, self._gateway
        # A look is an event of its own each time, whatever key it comes with (EV-06).
        key = None if route.method == "GET" else request.headers.get("idempotency-key")
        command_id, fingerprints = gateway.idempotency.name(key, actor.id, route.method, request.scope["path"], data)
        context |= {"command_id": command_id}
        reply = await self._executed(data, context, fingerprints)
        gateway.idempotency.succeeded(command_id, fingerprints)
        at = positions(reply.position)
        if at and route.barriers:
            await asyncio.gather(*(self._barrier(barrier, at, context) for barrier in route.barriers))
        if route.then:
            return await self._then(data, reply, at, context)
        # What the command's events name beyond the described answer stays inside (SE-05).
        described = fields_of(route.answer)
        answer = {name: value for name, value in reply.answer.items() if name in described}
        return Reply(answer, reply.position, reply.etag)

    async def _executed(self, data: Data, context: Data, fingerprints: list[str]) -> Reply:
        """What was done before a key was added is known by its fingerprint of that time (SE-13)."""
        route, services = self._route, self._gateway.services
        earlier = iter(fingerprints)
        context["fingerprint"] = next(earlier, None)
        while True:
            try:
                return await services.execute(route.service, route.name, data, context)
            except Problem as problem:
                fingerprint = next(earlier, None)
                if problem.slug != KeyReused.slug or fingerprint is None:
                    raise
                context["fingerprint"] = fingerprint

    async def _then(self, data: Data, reply: Reply, at: At, context: Data) -> Reply:
        route = self._route
        if route.then is None:
            return reply
        known = {**data, **reply.answer}
        params = {name: known[name] for name in fields_of(route.then.request) if name in known}
        context = {**context, "at": at, "if_match": None, "command_id": new_id()}
        more = await self._gateway.services.ask(route.service, route.then.query, params, context)
        version = more.etag if reply.etag is None else reply.etag
        return Reply(more.answer, reply.position or more.position, version)

    async def _barrier(self, barrier: str, at: At, context: Data) -> None:
        """Wait until a service has applied what was just done: any question that it is asked at a position waits."""
        service, _, query = barrier.partition(".")
        question = {**context, "at": seen_by(service, at), "if_match": None}
        loop = asyncio.get_running_loop()
        until = loop.time() + _BARRIER_WITHIN
        while (left := until - loop.time()) > 0:
            try:
                await self._gateway.services.ask(service, query, {}, question, within=left)
            except (Unavailable, Problem):
                await asyncio.sleep(_BARRIER_AGAIN)
            else:
                return

    def _response(self, reply: Reply, path: str, actor: Actor) -> Response:
        answer: dict[str, Any] = reply.answer
        if answer.get("next") is not None and "items" in answer:
            answer = {**answer, "next": self._gateway.cursors.seal(answer["next"], path, actor.id)}
        headers = {}
        if reply.position:
            headers["X-Log-Position"] = self._gateway.positions.sealed(reply.position)
        if reply.etag is not None:
            headers["ETag"] = etag(reply.etag)
        return Response(to_json(answer), self._route.status, headers, "application/json")
