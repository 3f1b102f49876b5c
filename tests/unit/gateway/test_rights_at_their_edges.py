"""Rights over one's data where two of a kind meet: two erasures, two copies, a token of the same second."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.gateway.gateway import Gateway
from services.gateway.rights import ERASURE_COMPLETED, Rights
from services.gateway.rpc import Reply
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.events import Data
from shared.testing.clock import FixedClock
from tests.support.gateway import Client, FakeServices, slug, token


def test_an_erasure_is_completed_by_its_own_completion_alone() -> None:
    """PR-07: neither that of an earlier erasure of the person nor that of somebody else's ends the wait for it."""
    rights = Rights(MemoryEventLog("gateway", 2))
    earlier, later, bens = (rights.erase(who, f"c{n}", "k").events[0] for n, who in enumerate(("ada", "ada", "ben")))
    waiting = {later.id, bens.id}
    for person_id, erasure_id in (("ada", earlier.id), ("ada", bens.id), ("ben", later.id)):
        data: Data = {"person_id": person_id, "erasure_id": erasure_id, "keys": {}, "holds": []}
        rights.record(ERASURE_COMPLETED, data, f"{person_id}/{erasure_id}", "k", cause=erasure_id)
        assert {one.id for one in rights.open_erasures()} == waiting
    rights.record(ERASURE_COMPLETED, {**data, "erasure_id": bens.id}, "last", "k", cause=bens.id)
    assert [one.id for one in rights.open_erasures()] == [later.id]


def test_each_erasure_has_a_receipt_of_its_own(client: Client, services: FakeServices, gateway: Gateway) -> None:
    """PR-07: who came back and is forgotten again gets the later one's receipt, also when they ask again, and it is
    not done because the first is."""
    gateway.rights.clock = clock = FixedClock()
    first = client.post("/v1/me/erasure", headers=token("ada")).json()["receipt"]
    done = client.get(first).json()
    assert done["status"] == "done"
    clock.advance(days=1)
    came_back = token("ada", iat=(clock.now() - timedelta(hours=1)).timestamp())
    services.replies["erasure"] = Reply({"done": False, "keys": 0})
    second, again = (client.post("/v1/me/erasure", headers=came_back).json()["receipt"] for _ in range(2))
    assert first != second == again
    open_still = client.get(second).json()
    assert (open_still["status"], open_still["completed_at"]) == ("pending", None)
    assert client.get(first).json() == done


def test_a_token_of_the_very_moment_is_over(client: Client, gateway: Gateway) -> None:
    """SE-09: tokens tell whole seconds, so one of the second of the erasure counts as one from before it."""
    gateway.rights.clock = clock = FixedClock()
    now = clock.now().timestamp()
    assert client.post("/v1/me/erasure", headers=token("ada", iat=now - 9)).status_code == 202
    assert slug(client.get("/v1/templates", headers=token("ada", iat=now))) == "token-invalid"
    assert client.get("/v1/templates", headers=token("ada", iat=now + 1)).status_code == 200


class SlowServices(FakeServices):
    """The first page of a copy comes once `go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def footprint(self, service: str, person_id: str, place: Any) -> dict[str, Any]:
        if not self.asked.is_set():
            self.asked.set()
            await self.go.wait()
        return await super().footprint(service, person_id, place)


class TestTwoCopies:
    @pytest.fixture
    def services(self) -> SlowServices:
        return SlowServices()

    @pytest.mark.parametrize("way", ["at-once", "by-link"])
    def test_one_goes_out_at_a_time(self, client: Client, services: SlowServices, way: str) -> None:
        """PR-12: while a copy goes out, the same person gets no second one in either way, and no link is used up for
        it; others do, and so do they afterwards."""
        links = [_link(client, "ada"), _link(client, "ada"), _link(client, "ben")]
        mine = "/v1/me/export" if way == "at-once" else links[0]

        async def meanwhile() -> list[httpx.Response]:
            first = asyncio.create_task(client._client.get(mine, headers=token("ada")))
            await services.asked.wait()
            others = [("ada", "/v1/me/export"), ("ada", links[1]), ("ben", links[2])]
            came = [await client._client.get(address, headers=token(who)) for who, address in others]
            services.go.set()
            return [await first, *came]

        first, second, third, bens = client.run(meanwhile())
        assert (first.status_code, bens.status_code) == (200, 200)
        assert slug(second) == slug(third) == "copy-under-way"
        assert client.get(links[1], headers=token("ada")).status_code == 200


def _link(client: Client, who: str) -> str:
    export = client.post("/v1/me/exports", headers=token(who)).json()["export_id"]
    return str(client.get(f"/v1/me/exports/{export}", headers=token(who)).json()["links"]["lines"])
