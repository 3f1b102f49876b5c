"""Who may read the metrics."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.gateway.app import application
from services.gateway.config import Config
from services.gateway.gateway import Gateway
from shared.runtime.faults import Fault
from tests.support.gateway import Client

TOKEN = "0123456789abcdef" * 2


def _client(gateway: Gateway, token: str) -> Client:
    return Client(application(replace(gateway, config=replace(gateway.config, metrics_token=token))))


@pytest.mark.parametrize("shown", [None, "", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"bearer {TOKEN}", TOKEN])
@pytest.mark.parametrize("token", [TOKEN, ""])
def test_nobody_watches_the_counts_of_blocks_and_reports(gateway: Gateway, token: str, shown: str | None) -> None:
    """BL-04, SE-02: without the operator's token the metrics are an unknown address, whatever is shown for it."""
    client = _client(gateway, token)
    answer = client.get("/metrics", headers={"Authorization": shown} if shown is not None else {})
    assert answer.status_code == 404
    assert "gateway_requests" not in answer.text
    client.close()


def test_the_operators_token_reads_them(gateway: Gateway) -> None:
    """Prometheus reads them with the token that it was given."""
    client = _client(gateway, TOKEN)
    assert "gateway_requests" in client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    client.close()


def test_outside_development_they_are_closed_unless_a_token_is_set(tmp_path: Path) -> None:
    """SE-23: no token means nobody, a short one stops the start, a file may hold it; a development instance is open."""
    (tmp_path / "token").write_text(TOKEN + "\n")
    read = lambda **given: Config.from_environment("https://m.example.org", given).metrics_token  # noqa: E731
    assert read() == ""
    assert read(DATA_DIR="/d") is None
    assert read(METRICS_TOKEN=TOKEN, DATA_DIR="/d") == TOKEN
    assert read(METRICS_TOKEN_FILE=str(tmp_path / "token")) == TOKEN
    for wrong in ({"METRICS_TOKEN": "short"}, {"METRICS_TOKEN_FILE": str(tmp_path / "none")}):
        with pytest.raises(Fault, match="METRICS_TOKEN"):
            read(**wrong)
