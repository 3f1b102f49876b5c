"""A gateway without a broker: services that answer what a test says, and tokens that say who they are."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Coroutine
from typing import Any

import httpx

from services.gateway.problems import Problem
from services.gateway.rpc import Reply
from shared.auth.tokens import Claims, InvalidToken

__all__ = ["Client", "FakeServices", "FakeVerifier", "refused", "slug", "token"]

SECRET = b"\x07" * 32


class FakeServices:
    """Keeps what it was asked; answers with `replies[name]`: a Reply, an exception, or a function of the data."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []
        self.replies: dict[str, Any] = {
            "footprint": Reply({"items": [], "next": None}),
            "erasure": Reply({"done": True, "keys": 0}),
            "holds": Reply({"items": []}),
        }

    def last(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        return next((data, context) for _, found, data, context in reversed(self.calls) if found == name)

    async def execute(self, service: str, command: str, data: Any, context: Any) -> Reply:
        return self._answer(service, command, data, context)

    async def ask(self, service: str, query: str, params: Any, context: Any, *, within: float | None = None) -> Reply:
        return self._answer(service, query, params, context)

    async def ping(self, service: str, within: float) -> bool:
        return self.replies.get(f"ping {service}", True)

    async def progress(self, service: str, within: float) -> dict[str, Any]:
        room = {"log": 10, "disk": 100, "used": 20}
        far = {"heads": [3], "relayed": [2], "applied": {f"{service}.0": 1}, "parked": 0, "waits": {}, "room": room}
        return {**far, "process": service, "counted": []}

    async def footprint(self, service: str, person_id: str, place: Any) -> dict[str, Any]:
        return self._answer(
            service, "footprint", {"service": service, "person_id": person_id, "place": place}, {}
        ).answer

    async def erasure(
        self, service: str, person_id: str, partition: int, position: int, *, within: float
    ) -> dict[str, Any]:
        place = {"person_id": person_id, "partition": partition, "position": position}
        return self._answer(service, "erasure", {"service": service, **place}, {}).answer

    def _answer(self, service: str, name: str, data: Any, context: Any) -> Reply:
        json.dumps([data, context])
        self.calls.append((service, name, data, context))
        reply = self.replies.get(name, Reply({}, f"{service}.0.1", 1))
        if isinstance(reply, Exception):
            raise reply
        return reply(data) if callable(reply) else reply


class FakeVerifier:
    """A token is the claims in base64; `iat` may be among them."""

    def verify(self, token: str) -> Claims:
        try:
            given = json.loads(b64decode(token, validate=True))
        except ValueError:
            raise InvalidToken from None
        filled = {
            "groups": {},
            "roles": [],
            "adult": True,
            "name": None,
            "email": None,
            "locale": None,
            "auth_time": time.time(),
            **given,
        }
        roles = frozenset(filled.pop("roles"))
        issued_at = filled.pop("iat", 0)
        return Claims(
            issued_at=issued_at, expires_at=time.time() + 60, token_id="t", client_id="c", roles=roles, **filled
        )


def token(sub: str = "ada", **claims: Any) -> dict[str, str]:
    """The header of a person."""
    return {"Authorization": "Bearer " + b64encode(json.dumps({"sub": sub, **claims}).encode()).decode()}


class Client:
    """Asks an ASGI application, from tests that know nothing of asyncio."""

    def __init__(self, app: Any) -> None:
        self._loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")

    def request(self, method: str, address: str, **options: Any) -> httpx.Response:
        return self._loop.run_until_complete(self._client.request(method, address, **options))

    def get(self, address: str, **options: Any) -> httpx.Response:
        return self.request("GET", address, **options)

    def post(self, address: str, **options: Any) -> httpx.Response:
        return self.request("POST", address, **options)

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """Something of the application's own, in the loop in which it answers."""
        return self._loop.run_until_complete(doing)

    def close(self) -> None:
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()


def slug(response: Any) -> str:
    """The problem's slug, after checking that it is a problem as RFC 9457 wants it."""
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["correlation_id"] == response.headers["x-correlation-id"]
    assert problem["title"] and problem["detail"]
    return problem["type"].removeprefix("urn:mentorship:problem:")


def refused(status: int, slug: str) -> Problem:
    return Problem(status, slug, "Because.")
