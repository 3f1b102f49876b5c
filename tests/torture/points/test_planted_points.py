"""Bugs that need the real store or broker: each is seen, and the same run without it is green."""

from __future__ import annotations

import pytest

from shared.runtime.local.broker import LocalBroker
from tests.support import servers
from tests.torture.points import planted

pytestmark = pytest.mark.real


@pytest.fixture
def ours(broker: servers.Broker, amqp_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker that all tests share, where it is one of which rabbitmqctl may ask."""
    if isinstance(broker, LocalBroker):
        monkeypatch.setattr(planted, "broker", lambda: (broker, amqp_url))


@pytest.mark.usefixtures("ours")
@pytest.mark.parametrize("number", planted.PLANTED)
def test_a_planted_bug_turns_its_invariant_red(number: str) -> None:
    """Every invariant that is named for the bug is violated, on the real store and broker."""
    plant, named = planted.PLANTED[number]
    assert plant() >= set(named)


@pytest.mark.usefixtures("ours")
@pytest.mark.parametrize("number", planted.PLANTED)
def test_without_the_bug_the_same_run_is_green(number: str) -> None:
    """What a planted bug turns red is not red without it."""
    plant, _ = planted.PLANTED[number]
    assert plant(planted=False) == set()  # type: ignore[call-arg]
