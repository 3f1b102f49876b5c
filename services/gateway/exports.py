"""Copies of one's data: asked for, taken once by a link that ends, with a receipt that names every service (PR-12).

Nothing is copied before the link is used: it goes from the services straight to the person.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.gateway.codec import to_json
from services.gateway.copies import Copies, Tally
from services.gateway.copy_formats import FORMATS, POLICY, receipt
from services.gateway.edge import correlation_id
from services.gateway.endpoint import admit
from services.gateway.problems import Problem
from services.gateway.rights import ERASED, EXPORT_COMPLETED, EXPORT_REQUESTED, EXPORTED, History
from services.gateway.routes.route import Route
from shared.auth.tokens import Claims
from shared.contracts.catalogue import SOURCES
from shared.kernel.clock import from_text, to_text
from shared.kernel.errors import NotFound, Refusal, Unavailable
from shared.kernel.events import Data, Event
from shared.kernel.ids import derive, new_id

if TYPE_CHECKING:
    from services.gateway.gateway import Gateway

LINK_LASTS = timedelta(hours=1)
SIGNED_IN_WITHIN = 15 * 60.0
"""Seconds since the last sign-in, for whoever takes a copy: a token that was found is not enough."""


class LinkUsed(Refusal):
    slug: ClassVar[str] = "link-used"
    sentence: ClassVar[str] = "This link has been used or has ended. Ask for a new copy."


def signed_in_lately(claims: Claims, now: float) -> None:
    """Raises a Problem that says to sign in anew (RFC 9470)."""
    if now - (claims.issued_at if claims.auth_time is None else claims.auth_time) > SIGNED_IN_WITHIN:
        wants = f'Bearer realm="mentorship", error="insufficient_user_authentication", max_age={SIGNED_IN_WITHIN:.0f}'
        detail = "A copy of your data is given only shortly after you signed in. Sign in anew, then ask again."
        raise Problem(401, "sign-in-anew", detail, headers={"WWW-Authenticate": wants})


class Exports:
    """The endpoints, by the names that their routes give them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._copies = Copies(gateway.services, gateway.rights)

    async def request_export(self, request: Request, route: Route) -> Response:
        actor = await admit(self._gateway, route, request)
        key = request.headers.get("idempotency-key")
        command_id, _ = self._gateway.idempotency.name(key, actor.id, route.method, route.path, {})
        export_id = derive(command_id, "export")
        until = to_text(self._gateway.rights.clock.now() + LINK_LASTS)
        data = {"person_id": actor.id, "export_id": export_id, "until": until}
        await asyncio.to_thread(
            self._gateway.rights.record, EXPORT_REQUESTED, data, command_id, correlation_id(request)
        )
        return _json({"export_id": export_id}, route.status)

    async def export_state(self, request: Request, route: Route) -> Response:
        actor = await admit(self._gateway, route, request)
        export_id = request.path_params["export_id"]
        return _json(self._state(await asyncio.to_thread(self._gateway.rights.history, actor.id), export_id, actor.id))

    async def take_export(self, request: Request, route: Route) -> Response:
        """The link is used up before the first byte; a copy that breaks off is asked for anew."""
        actor = await admit(self._gateway, route, request)
        signed_in_lately(self._gateway.people.claims(request), time.time())
        export_id = request.path_params["export_id"]
        self._gateway.links.check(request.path_params["link"], actor.id, export_id)
        form, media, name = FORMATS[route.name.removeprefix("take_export_")]
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": POLICY}
        if request.method == "HEAD":
            return Response(headers=headers, media_type=media)
        with self._copies.alone(actor.id):
            taken = await self._taken(actor.id, export_id, correlation_id(request))
        tally = Tally()
        pages = self._copies.read(actor.id, tally)
        lines = form(actor.id, to_text(self._gateway.rights.clock.now()), pages, tally)
        body = self._until_done(lines, taken, tally)
        return StreamingResponse(body, headers=headers, media_type=media)

    take_export_lines = take_export_page = take_export

    async def export(self, request: Request, route: Route) -> Response:
        """All of it in one answer; a service that cannot answer is named (P-23)."""
        actor = await admit(self._gateway, route, request)
        signed_in_lately(self._gateway.people.claims(request), time.time())
        tally = Tally()
        found: dict[str, list[Data]] = {service: [] for service in SOURCES}
        with self._copies.alone(actor.id):
            data = {"person_id": actor.id}
            await asyncio.to_thread(self._gateway.rights.record, EXPORTED, data, new_id(), correlation_id(request))
            async for items in self._copies.read(actor.id, tally):
                for one in items:
                    found[one["service"]].append(one)
        whole = {service: items for service, items in found.items() if service not in tally.missing}
        return _json({"person_id": actor.id, "services": whole, "missing": tally.missing})

    async def _taken(self, person_id: str, export_id: str, correlation: str) -> Event:
        """Use the link up. Raises NotFound or LinkUsed."""

        def unused(history: History) -> None:
            found = _about(history, export_id)
            if found is None:
                raise NotFound
            if len(found) > 1 or from_text(found[0].data["until"]) < self._gateway.rights.clock.now():
                raise LinkUsed

        data = {"person_id": person_id, "export_id": export_id}
        record = self._gateway.rights.record
        commit = await asyncio.to_thread(record, EXPORTED, data, new_id(), correlation, allow=unused)
        return commit.events[0]

    async def _until_done(self, lines: AsyncIterator[bytes], taken: Event, tally: Tally) -> AsyncIterator[bytes]:
        with self._copies.alone(taken.data["person_id"]):
            async for line in lines:
                yield line
        data = {**taken.data, "entries": tally.entries, "missing": tally.missing}
        command_id, record = derive(taken.id, "completed"), self._gateway.rights.record
        try:
            await asyncio.to_thread(record, EXPORT_COMPLETED, data, command_id, taken.correlation_id, cause=taken.id)
        except Unavailable:
            return  # the copy says itself that it is whole

    def _state(self, history: History, export_id: str, person_id: str) -> Data:
        found = _about(history, export_id)
        if found is None:
            raise NotFound
        asked, last = found[0], found[-1]
        ended = from_text(asked.data["until"]) < self._gateway.rights.clock.now()
        state: Data = {
            "export_id": export_id,
            "status": "expired" if ended else "ready",
            "requested_at": asked.recorded_at,
            "until": asked.data["until"],
            "services": [{"service": service, "status": "waiting", "entries": 0} for service in SOURCES],
            "links": None,
        }
        if last.type == EXPORT_COMPLETED:
            tally = Tally(last.data["entries"], last.data["missing"])
            services = [{"service": service, **said} for service, said in receipt(tally).items()]
            return {**state, "status": "partial" if tally.missing else "done", "services": services}
        if last.type == EXPORTED:
            return {**state, "status": "taken"}
        if not ended:
            address = f"/v1/me/exports/{export_id}/{self._gateway.links.proof(person_id, export_id)}"
            state["links"] = {"lines": f"{address}/my-data.jsonl", "page": f"{address}/my-data.html"}
        return state


def _about(history: History, export_id: str) -> list[Event] | None:
    """What happened to a copy, from its request on; None where there is none, or who asked was forgotten since."""
    since: list[Event] = []
    for event in history:
        if event.type == ERASED:
            since = []
        elif event.data.get("export_id") == export_id:
            since.append(event)
    return since or None


def _json(value: object, status: int = 200) -> Response:
    return Response(to_json(value), status, media_type="application/json")
