"""Timers: what is due fires once, and what did not succeed is not forgotten."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from shared.kernel.errors import Unavailable
from shared.runtime import timers
from shared.runtime.timers import Timers
from shared.testing.clock import FixedClock

DUE: list[dict[str, Any]] = [
    {"id": name, "at": "2026-03-01T00:00:00.000Z", "command": "remind", "data": {}} for name in ("one", "two")
]


class App:
    """An application whose view of due times never changes; its commands meet what a test says, else succeed."""

    def __init__(self, *meet: Exception) -> None:
        self.table = SimpleNamespace(name="programs", due_view="due")
        self.reads = SimpleNamespace(find=lambda *_args, **_how: DUE)
        self.clock = FixedClock()
        self.ids: list[str] = []
        self._meet = list(meet)

    def follow(self, _name: str, _data: Any, *, command_id: str) -> None:
        self.ids.append(command_id)
        if self._meet:
            raise self._meet.pop(0)


def fire(app: App, times: int) -> list[str]:
    made = Timers(app, None)  # type: ignore[arg-type]
    for _ in range(times):
        made._fire()
    return app.ids


def test_what_is_due_fires_once_while_its_view_is_behind() -> None:
    """I15: the document stays until the view has seen the event; it fires no second time for that."""
    assert len(fire(App(), 3)) == 2


def test_a_timer_that_failed_is_tried_again_as_the_same_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """I3, I15: neither a failure nor a clock that jumped makes a running process forget what is due."""
    monkeypatch.setattr(timers, "_AGAIN_AFTER", 0.0)
    ids = fire(App(RuntimeError("once")), 2)
    assert ids[:2] == ids[2:]


def test_a_log_that_is_away_loses_no_timer() -> None:
    """What could not be written is fired again at the next look."""
    assert len(fire(App(Unavailable()), 2)) == 3


def test_an_unforeseen_failure_ends_no_timers() -> None:
    """Whatever the store or the clock raise, the loop goes on."""
    app = App()
    app.reads = SimpleNamespace(find=lambda *_args, **_how: 1 / 0)
    assert fire(app, 2) == []
