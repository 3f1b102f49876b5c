"""A checker that was never red proves nothing: each planted bug is seen by its invariant within a few seeds."""

from __future__ import annotations

import pytest

from tests.torture.planted import PLANTED
from tests.torture.simulation import simulate

_SEEDS = 40


@pytest.mark.parametrize("number", PLANTED)
def test_a_planted_bug_turns_its_invariant_red(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within 40 seeds every invariant that is named for the bug is violated."""
    plant, named = PLANTED[number]
    plan = plant(monkeypatch)
    red: set[str] = set()
    for seed in range(_SEEDS):
        red |= simulate(seed, plan).violations.keys()
        if red >= set(named):
            return
    raise AssertionError(f"bug {number} turned only {sorted(red)} red")
