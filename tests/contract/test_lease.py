"""Leases: one worker at a time, and hand-over whatever became of the last one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.eventlog.mongo import connect
from shared.testing.clock import FixedClock
from shared.views.lease import Lease


@pytest.fixture
def client(mongo_url: str) -> Iterator[Any]:
    client = connect(mongo_url)
    client.drop_database("lease_contract")
    yield client
    client.drop_database("lease_contract")
    client.close()


def lease(client: Any, **ahead: float) -> Lease:
    """A lease of a worker whose clock goes wrong by so much."""
    made = Lease(client, "lease_contract", "work")
    made._clock = FixedClock(datetime.now(UTC) + timedelta(**ahead))  # type: ignore[assignment]
    return made


def test_one_worker_at_a_time(client: Any) -> None:
    """Whoever has it keeps it; released, the next has it at once."""
    one, other = lease(client), lease(client)
    assert one.held()
    assert one.held()
    assert not other.held()
    one.release()
    assert other.held()


def test_a_dead_worker_is_followed_when_its_lease_is_over(client: Any) -> None:
    """After kill -9 nobody releases: time does."""
    assert lease(client).held()
    assert lease(client, seconds=11).held()


def test_a_dead_worker_with_a_clock_far_ahead_holds_up_nobody(client: Any) -> None:
    """I15: a clock that jumped leaves no lease that lasts for hours."""
    assert lease(client, hours=3).held()
    assert lease(client).held()


def test_a_clock_a_little_ahead_keeps_its_lease(client: Any) -> None:
    """The clocks of two machines are never the same."""
    assert lease(client, seconds=30).held()
    assert not lease(client).held()
