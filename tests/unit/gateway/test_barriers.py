"""Who waits for whom: from the answer on, what it says holds everywhere."""

from __future__ import annotations

import time

import pytest

from services.gateway import endpoint
from services.gateway.gateway import Gateway
from services.gateway.routes import ROUTES
from services.gateway.rpc import Reply
from shared.bus.scout import LATE
from shared.kernel.errors import Unavailable
from tests.support.gateway import Client, FakeServices, token

CONCERNED = {"programs.templates", "matching.my_pairs", "notifications.my_preferences"}


def _block(client: Client) -> float:
    started = time.monotonic()
    assert client.post("/v1/blocks", json={"person_id": "eve"}, headers=token()).status_code == 201
    return time.monotonic() - started


def test_a_block_waits_for_all_that_it_concerns(client: Client, services: FakeServices) -> None:
    """BL-02, BL-03: asked at the block's position, and asked again where a service says that it cannot say yet."""
    barriers = next(route.barriers for route in ROUTES if route.key == "POST /v1/blocks")
    assert set(barriers) == CONCERNED
    services.replies["block_person"] = Reply({}, "conversations.1.7")
    asked: list[None] = []

    def behind(_params: object) -> Reply:
        asked.append(None)
        if len(asked) < 4:
            raise Unavailable
        return Reply({})

    services.replies["my_preferences"] = behind
    assert _block(client) >= 3 * endpoint._BARRIER_AGAIN
    assert len(asked) == 4
    assert services.last("my_pairs")[1]["at"] == [("conversations", 1, 7)]


def test_a_block_is_answered_though_others_are_away(
    client: Client, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BL-03, BL-11: but not before the time is over on which those who are behind count."""
    monkeypatch.setattr(endpoint, "_BARRIER_WITHIN", 0.4)
    services.replies["block_person"] = Reply({}, "conversations.1.7")
    services.replies["my_preferences"] = Unavailable()
    assert _block(client) >= 0.4


def test_a_block_waits_for_nothing_that_its_service_has_yet_to_hear(
    client: Client, gateway: Gateway, services: FakeServices
) -> None:
    """BL-11: whoever reported a moment ago and knows a position of trust_safety blocks though trust_safety is away."""
    known = {**token(), "X-Log-Position": gateway.positions.sealed("trust_safety.0.17")}
    assert client.post("/v1/blocks", json={"person_id": "eve"}, headers=known).status_code == 201
    assert services.last("block_person")[1]["at"] == []
    assert client.get("/v1/blocks", headers=known).status_code == 200
    assert services.last("my_blocks")[1]["at"] == [("trust_safety", 0, 17)]


def test_who_is_behind_counts_on_less_than_a_block_waits() -> None:
    """BL-03: see `shared.bus.scout`: a second is left for clocks that differ."""
    assert endpoint._BARRIER_WITHIN >= LATE + 1


def test_a_report_waits_for_what_it_discloses() -> None:
    """EV-05: once it is answered, the words reported are with the case, whatever their author does next."""
    assert next(route.barriers for route in ROUTES if route.key == "POST /v1/reports") == ("conversations.my_blocks",)
