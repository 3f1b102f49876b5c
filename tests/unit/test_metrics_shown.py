"""What is counted, what the gateway shows of it, and that it tells of nobody."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from services.gateway.gateway import Gateway
from services.gateway.metrics import Metrics
from services.gateway.observed import Heads
from services.gateway.routes import ROUTES
from services.notifications.service import TABLE as NOTIFICATIONS
from services.trust_safety.service import TABLE as TRUST_SAFETY
from shared.kernel.clock import to_text
from shared.kernel.errors import NotFound, Unavailable
from shared.kernel.events import Data
from shared.runtime.service import Service
from shared.testing.clock import FixedClock
from shared.testing.memory_views import MemoryViews
from shared.views.changes import put
from shared.views.waiting import waiting
from shared.watch import counts
from tests.support.gateway import Client, token
from tests.unit.gateway import conftest as parts

services, config, keys, gateway, client = parts.services, parts.config, parts.keys, parts.gateway, parts.client

LABELS = {"service", "kind", "request", "outcome", "route", "method", "status", "partition", "source", "what"}
LABELS |= {"le", "process"}


class Answering(Service):
    table = TRUST_SAFETY


def shown(metrics: Metrics, name: str) -> dict[str, float]:
    """Value by labels of one metric."""
    lines = re.findall(rf"^{name}{{(.*)}} (\S+)$", metrics.text().decode(), re.MULTILINE)
    return {labels: float(value) for labels, value in lines}


def said(process: str, counted: counts.Families | None = None, **far: Any) -> Data:
    """What a service answers to `progress`."""
    full = {"heads": [], "relayed": [], "applied": {}, "parked": 0, "waits": {}, "room": None, **far}
    return {**full, "process": process, "counted": counted or []}


def counter(value: int) -> counts.Families:
    labels = {"service": "programs", "kind": "query", "request": "program", "outcome": "done"}
    return [["service_requests", "counter", "Requests", [["service_requests_total", labels, value]]]]


@pytest.mark.parametrize(
    ("raised", "outcome"), [(None, "done"), (NotFound, "refused"), (Unavailable, "unavailable"), (KeyError, "failed")]
)
def test_a_request_is_counted_with_its_outcome(raised: type[Exception] | None, outcome: str) -> None:
    """Commands and questions are counted by what became of them, with the time they took."""

    def do() -> Data:
        if raised:
            raise raised
        return {}

    def seen() -> tuple[float, float]:
        labels = {"service": "trust_safety", "kind": "query", "request": "safety"}
        value = counts.REGISTRY.get_sample_value
        took = value("service_request_seconds_count", labels) or 0
        return value("service_requests_total", {**labels, "outcome": outcome}) or 0, took

    before = seen()
    Answering()._counted("query", "sanctioned", TRUST_SAFETY.queries, {"correlation_id": "c"}, do)
    assert seen() == (before[0] + 1, before[1] + 1)


def test_no_caller_makes_up_a_label() -> None:
    """A name that the service does not know is counted as unknown."""
    Answering()._counted("command", "marker-7731", TRUST_SAFETY.commands, {}, dict)
    text = str(counts.families())
    assert "'request': 'unknown'" in text
    assert "marker-7731" not in text


def test_nobody_sees_blocks_and_reports_counted(client: Client, gateway: Gateway) -> None:
    """BL-04: with all else that is done for safety they are one number, in the gateway and in services."""
    for path in ("/v1/blocks", "/v1/reports"):
        client.post(path, headers=token("ada"), json={})
    client.get("/v1/blocks", headers=token("ada"))
    text = "\n".join(line for line in gateway.metrics.text().decode().splitlines() if not line.startswith("#"))
    assert '{method="any",process="' in text
    assert 'route="safety"' in text
    assert not re.search(r"block|report|appeal|case|evidence", text)
    about = [route for route in ROUTES if re.search("block|report|case|appeal", route.path)]
    assert {counts.watched(route.service, route.name) for route in about} == {"safety"}


def test_no_label_tells_a_person_a_pair_a_program_or_a_word(client: Client, gateway: Gateway) -> None:
    """SE-21: labels are of a closed list, and their values route templates and the like, whatever is asked."""
    for path in ("/v1/pairs/marker-7731", "/marker-7731", "/v1/programs/marker-7731?marker=7731"):
        client.request("MARKER-7731", path, headers=token("marker-7731"))
        client.get(path, headers=token("marker-7731"))
    text = client.get("/metrics").text
    assert "marker-7731" not in text
    assert set(re.findall(r'[{,](\w+)="', text)) <= LABELS


def test_replicas_are_counted_apart() -> None:
    """Of several replicas one answers at a time: each is shown as it was heard last, until it is long silent."""
    now = [0.0]
    metrics = Metrics(lambda: now[0])
    metrics.progressed({"programs": said("one", counter(5))})
    now[0] = 300.0
    metrics.progressed({"programs": said("two", counter(7))})
    values = shown(metrics, "service_requests_total")
    heard = {labels.split('"')[5]: value for labels, value in values.items() if 'request="program"' in labels}
    assert (heard["one"], heard["two"]) == (5, 7)
    now[0] = 700.0
    metrics.progressed({"programs": said("two", counter(8))})
    assert 'process="one"' not in metrics.text().decode()


def test_who_is_away_is_told_from_whose_store_is_away() -> None:
    """A service that says nothing is down; one that says nothing of its log has lost its store."""
    metrics = Metrics()
    metrics.progressed({"programs": said("p"), "matching": {}, "conversations": {"process": "c", "counted": []}})
    up = {'service="programs"': 1, 'service="matching"': 0, 'service="conversations"': 1}
    assert shown(metrics, "service_up") == up
    assert shown(metrics, "service_store_up") == {'service="programs"': 1, 'service="conversations"': 0}


def test_lag_is_told_in_commits_and_in_seconds() -> None:
    """A view that stands still waits since what it lacks was first seen; one that is up to date waits for nothing."""
    now = [0.0]
    metrics = Metrics(lambda: now[0])
    for at, head in ((0.0, 10), (30.0, 14), (60.0, 14)):
        now[0] = at
        programs = said("p", heads=[head], relayed=[10], applied={"programs.0": head})
        metrics.progressed({"programs": programs, "matching": said("m", applied={"programs.0": 12})})
    own, other = 'partition="0",service="programs"', 'partition="0",service="matching",source="programs"'
    assert shown(metrics, "relay_lag") == {own: 4}
    assert shown(metrics, "relay_wait_seconds") == {own: 30}
    assert shown(metrics, "view_lag") == {other: 2, f'{own},source="programs"': 0}
    assert shown(metrics, "view_wait_seconds") == {other: 30, f'{own},source="programs"': 0}


def test_what_was_seen_of_a_log_is_kept_within_bounds() -> None:
    """However long a process runs; of what is older than all it knows, it says the age of the oldest."""
    heads = Heads()
    for at in range(5000):
        heads.note(at + 1, float(at))
    assert heads.waiting(0, 5000.0) == 2000
    assert heads.waiting(4999, 5000.0) == 1
    assert heads.waiting(5000, 5000.0) == 0


def test_the_oldest_that_waits_is_told_by_its_age() -> None:
    """Timers, mail and cases: the age of the oldest, never how many there are."""
    views, clock = MemoryViews(), FixedClock()
    moments = {minutes: to_text(clock.now() - timedelta(minutes=minutes)) for minutes in (-5, 1, 2)}
    cases = {
        "a": {"status": "open", "severity": "S1", "opened_at": moments[1]},
        "b": {"status": "escalated", "severity": "S1", "opened_at": moments[2]},
        "c": {"status": "closed", "severity": "S0", "opened_at": moments[2]},
    }
    changes = [put("cases", id, **case) for id, case in cases.items()]
    changes += [put("outbox", "x", due_at=moments[1]), put("due", "y", at=moments[-5])]
    views.apply(changes, source="s", partition=0, came_from=0, moves_to=1)
    found = waiting(TRUST_SAFETY, views, clock)  # type: ignore[arg-type]
    assert found == {"case-S0": 0, "case-S1": 120, "case-S2": 0, "case-S3": 0, "appeal": 0, "timer": 0}
    assert waiting(NOTIFICATIONS, views, clock) == {"mail": 60}  # type: ignore[arg-type]


def test_a_service_of_an_earlier_release_is_shown_as_far_as_it_says() -> None:
    """While a deploy is under way old and new answers are understood side by side."""
    metrics = Metrics()
    metrics.progressed({"programs": {"heads": [3], "relayed": [3], "applied": {}, "parked": 0}})
    assert shown(metrics, "service_store_up") == {'service="programs"': 1}
    assert shown(metrics, "log_position") == {'partition="0",service="programs"': 3}
