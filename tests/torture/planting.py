"""What plants of bugs need of the simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.application.table import Table
from tests.torture.simulation import Plan, World


def with_views(table: Table, **views: Any) -> Table:
    """A service with other view functions; names as in `conversations_MessageSent`."""
    return replace(table, views={**table.views, **{name.replace("_", ".", 1): view for name, view in views.items()}})


def last_world(monkeypatch: pytest.MonkeyPatch) -> Callable[[], World]:
    """The world that was made last, for what is planted where it is not at hand."""
    worlds: list[World] = []
    make = World.__init__

    def known(self: World, seed: object, plan: Plan) -> None:
        worlds[:] = [self]
        make(self, seed, plan)

    monkeypatch.setattr(World, "__init__", known)
    return lambda: worlds[-1]
