"""What operators watch: health, metrics that say how far everything is, and the doctor."""

from __future__ import annotations

import re

from tests.e2e.conftest import Group, eventually


def test_metrics_tell_positions_lags_and_parking(group: Group) -> None:
    """After a write the log's position grows, and relay and views catch up to no lag."""
    before = _values(group, "log_position")
    group.program()

    def caught_up() -> bool:
        after = _values(group, "log_position")
        grown = sum(after.values()) > sum(before.values())
        return grown and not any(_values(group, "relay_lag").values()) and not any(_values(group, "view_lag").values())

    eventually(caught_up, "relay and views caught up")
    assert _values(group, "view_lag").keys() >= {'{partition="0",service="trust_safety",source="programs"}'}
    assert set(_values(group, "parked_events").values()) == {0.0}


def test_a_healthy_system_is_told_healthy(group: Group) -> None:
    """`doctor` and `status` find nothing wrong, and `/health/ready` names every part."""
    said = group.system.command("doctor")
    assert "nothing parked" in said
    ready = group.api.http.get("/health/ready").json()
    assert ready["ready"]
    assert set(ready["parts"]) >= {"programs", "matching", "conversations", "trust_safety", "notifications", "broker"}
    assert "ready" in group.system.command("status")


def _values(group: Group, name: str) -> dict[str, float]:
    """Value by labels of one gauge."""
    text = group.api.http.get("/metrics").text
    return {labels: float(value) for labels, value in re.findall(rf"^{name}(\{{[^}}]*\}}) (\S+)$", text, re.MULTILINE)}
