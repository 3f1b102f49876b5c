"""Sanctions where they work: at their end to the second, and after a clock that was away (TS-15)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.kernel.actor import Actor
from tests.services.trust_safety.story import BEN
from tests.services.trust_safety.together import Together

SOON = "2026-03-05T09:00:00Z"
WRITING: list[tuple[str, dict[str, Any]]] = [
    ("conversations.send_message", {"text": "hello"}),
    ("conversations.share_post", {"step_id": "get-to-know", "text": "look"}),
    ("programs.set_goal", {"text": "Ten bars"}),
]


def _sanctioned(action: str) -> Together:
    """Until three days from now."""
    world = Together()
    world.acts(world.held({"kind": "pair", "id": world.pair["pair_id"]}), action, until=SOON)
    return world


@pytest.mark.parametrize(("command", "data"), WRITING)
def test_a_restriction_ends_to_the_second(command: str, data: dict[str, Any]) -> None:
    """TS-15: a second before its end nothing can be written, a second after it can."""
    world = _sanctioned("restrict")
    world.later(days=3, seconds=-1)
    assert world.slug(command, {**world.pair, **data}, BEN) == "restricted"
    world.later(seconds=2)
    assert world.slug(command, {**world.pair, **data}, BEN) is None


def test_a_suspension_ends_to_the_second() -> None:
    """TS-15: the gateway's list has the person a second before the end, and not a second after."""
    world = _sanctioned("suspend")
    world.later(days=3, seconds=-1)
    assert "ben" in _people(world)
    world.later(seconds=2)
    assert _people(world) == {}


@pytest.mark.parametrize("action", ["restrict", "suspend"])
def test_it_ends_once_after_a_day_of_downtime(action: str) -> None:
    """TS-15: a clock that was away over the end ends it once when it is back, and tells of it once."""
    world = _sanctioned(action)
    world["trust_safety"].clock.advance(days=4)
    assert "ben" in _people(world), "nobody is let in early by a late clock"
    world.restarts("trust_safety", views_survive=True)
    world.later()
    world.later(days=1)
    assert _people(world) == {}
    lifted = [event.data["why"] for event in world.all("trust_safety", "SanctionLifted")]
    assert (lifted, len(world.all("trust_safety", "PersonReinstated"))) == (["ended"], 1)


def _people(world: Together) -> dict[str, Any]:
    return dict(world["trust_safety"].ask("sanctioned", {}, Actor("system"))["people"])
