"""What a hostile person tries at the door, and does not get."""

from __future__ import annotations

import pytest

from services.gateway.config import Config
from tests.support.gateway import Client, token


@pytest.fixture
def config() -> Config:
    """One request a second."""
    return Config(rate_per_person=1, rate_per_address=0)


class TestUnlimited:
    @pytest.fixture
    def config(self) -> Config:
        return Config(rate_per_person=1, rate_per_address=1)

    def test_blocks_and_reports_have_no_limit(self, client: Client) -> None:
        """BL-08: whoever needs a hundred blocks and reports at once makes them; without a token there is a limit."""
        block, report = (
            {"person_id": "eve"},
            {"target": {"kind": "person", "id": "eve"}, "reason": "threat-or-violence"},
        )
        for _ in range(50):
            assert client.post("/v1/blocks", json=block, headers=token("ada")).status_code == 201
            assert client.post("/v1/reports", json=report, headers=token("ada")).status_code == 201
        nobody = [client.post("/v1/blocks", json=block).status_code for _ in range(12)]
        assert nobody == [401] * 10 + [429] * 2
        assert client.post("/v1/blocks", json=block, headers=token("ada")).status_code == 201


def test_too_many_requests_never_keep_anybody_from_a_block(client: Client) -> None:
    """BL-08: whatever else a person has asked for, blocking and reporting do not wait for it."""
    while client.get("/v1/templates", headers=token("ada")).status_code == 200:
        pass
    block = client.post("/v1/blocks", json={"person_id": "eve"}, headers=token("ada"))
    assert block.status_code == 201
