"""Being forgotten: the endpoints of an erasure and of its receipt (PR-07)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.codec import to_json
from services.gateway.edge import correlation_id
from services.gateway.endpoint import admit
from services.gateway.erasures import place_of
from services.gateway.rights import Erasure
from services.gateway.routes.route import Route
from shared.kernel.errors import NotFound

if TYPE_CHECKING:
    from services.gateway.gateway import Gateway


class Forgetting:
    """The endpoints, by the names that their routes give them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def erase(self, request: Request, route: Route) -> Response:
        """On record before it is answered; the services forget as they hear of it.

        Who did not hear the answer may ask again with the token that it ended: for the same receipt, and nothing else.
        """
        gateway = self._gateway
        claims = gateway.people.claims(request)
        if gateway.rights.was_forgotten(claims):
            gateway.per_address.take(request.client.host if request.client else "unknown")
            last = await asyncio.to_thread(gateway.rights.last_erasure, claims.sub)
            return self._answer(last, route)
        actor = await admit(gateway, route, request)
        key = request.headers.get("idempotency-key")
        command_id, _ = gateway.idempotency.name(key, actor.id, route.method, route.path, {})
        commit = await asyncio.to_thread(gateway.rights.erase, actor.id, command_id, correlation_id(request))
        gateway.hub.drop_people(frozenset({actor.id}))
        return self._answer(Erasure.of(commit.events[0]), route)

    async def erasure_receipt(self, request: Request, route: Route) -> Response:
        await admit(self._gateway, route, request)
        place = place_of(request.path_params["receipt"])
        if place is None:
            raise NotFound
        partition, position, proof = place
        self._gateway.links.check(proof, "receipt", partition, position)
        erasure = await asyncio.to_thread(self._gateway.rights.erasure, partition, position)
        if erasure is None:
            raise NotFound
        found = await self._gateway.erasures.receipt(erasure)
        return Response(to_json(found), media_type="application/json")

    def _answer(self, erasure: Erasure, route: Route) -> Response:
        place = (erasure.partition, erasure.position)
        proof = self._gateway.links.proof("receipt", *place)
        answer = {
            "person_id": erasure.person_id,
            "erasure_id": erasure.id,
            "receipt": f"/v1/erasures/{place[0]}-{place[1]}-{proof}",
        }
        position = {"X-Log-Position": self._gateway.positions.sealed(f"gateway.{place[0]}.{place[1]}")}
        return Response(to_json(answer), route.status, position, "application/json")
