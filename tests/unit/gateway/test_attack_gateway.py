"""What a hostile person tries at the door, and does not get."""

from __future__ import annotations

import pytest

from services.gateway.config import Config
from tests.support.gateway import Client, token


@pytest.fixture
def config() -> Config:
    """One request a second."""
    return Config(rate_per_person=1, rate_per_address=0)


def test_too_many_requests_never_keep_anybody_from_a_block(client: Client) -> None:
    """BL-08: whatever else a person has asked for, blocking and reporting do not wait for it."""
    while client.get("/v1/templates", headers=token("ada")).status_code == 200:
        pass
    block = client.post("/v1/blocks", json={"person_id": "eve"}, headers=token("ada"))
    assert block.status_code == 201
