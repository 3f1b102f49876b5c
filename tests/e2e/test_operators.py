"""What operators watch: health, metrics that say how far everything is, and the doctor."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from shared.bus.topology import TOPOLOGY_USER
from shared.runtime.local.instance import PROJECT
from tests.e2e.conftest import Group, eventually


def test_metrics_tell_positions_lags_and_parking(group: Group) -> None:
    """After a write the log's position grows, and relay and views catch up to no lag."""
    before = _values(group, "log_position")
    group.program()

    def caught_up() -> bool:
        after = _values(group, "log_position")
        grown = sum(after.values()) > sum(before.values())
        lags = {**_values(group, "relay_lag"), **_values(group, "view_lag")}
        return grown and wanted <= lags.keys() and not any(lags.values())

    wanted = {'{partition="0",service="trust_safety",source="programs"}'}
    eventually(caught_up, "relay and views caught up")
    eventually(lambda: set(_values(group, "parked_events").values()) == {0.0}, "nothing is parked")


def test_a_healthy_system_is_told_healthy(group: Group) -> None:
    """`doctor` and `status` find nothing wrong, and `/health/ready` names every part."""

    def well(command: str) -> str:
        try:
            return group.system.command(command)
        except subprocess.CalledProcessError:
            return ""  # a busy system did not answer in the few seconds of a look

    assert "nothing parked" in eventually(lambda: well("doctor"), "the doctor finds nothing", 60)
    ready = eventually(lambda: found if (found := _ready(group))["ready"] else None, "everything is ready")
    assert set(ready["parts"]) >= {"programs", "matching", "conversations", "trust_safety", "notifications", "broker"}
    assert "ready" in eventually(lambda: well("status"), "the status is good", 60)


def _ready(group: Group) -> dict[str, Any]:
    return dict(group.api.http.get("/health/ready").json())


def test_the_doctor_sees_an_installation_that_is_not_of_this_machine(group: Group, tmp_path: Path) -> None:
    """Operators' addresses are enough to look at broker, topology, store, gateway and lag; what is away is named."""
    instance = group.system.instance
    addresses = {
        "OPERATOR_MONGO_URL": instance.store_url("operator"),
        "TOPOLOGY_AMQP_URL": instance.broker_url(TOPOLOGY_USER),
        "PUBLIC_URL": group.system.base_url,
    }
    command = [sys.executable, "-m", "shared.cli", "doctor", "--data", str(tmp_path / "none")]

    def said(**given: str) -> list[str]:
        environment = {"PATH": os.defpath, "PYTHONPATH": str(PROJECT), **addresses, **given}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == int("FAULT" in done.stdout), done.stderr
        return [line.partition(":")[0] for line in done.stdout.splitlines()]

    wanted = ["ok    broker", "ok    topology", "ok    store", "ok    services", "ok    lag"]
    eventually(lambda: said() == wanted, "everything is found well", 60)
    assert said(PUBLIC_URL="http://127.0.0.1:1")[3] == "FAULT services"


def _values(group: Group, name: str) -> dict[str, float]:
    """Value by labels of one gauge."""
    text = group.api.http.get("/metrics").text
    return {labels: float(value) for labels, value in re.findall(rf"^{name}(\{{[^}}]*\}}) (\S+)$", text, re.MULTILINE)}
