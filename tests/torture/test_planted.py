"""A checker that was never red proves nothing: each planted bug is seen by its invariant within a few seeds."""

from __future__ import annotations

import pytest

from tests.torture.planted import PLANTED, red


@pytest.mark.parametrize("number", PLANTED)
def test_a_planted_bug_turns_its_invariants_red(number: str) -> None:
    """Every invariant that is named for the bug is violated within 60 seeds."""
    found, seeds = red(number)
    assert found >= set(PLANTED[number][1]), f"bug {number} turned only {sorted(found)} red in {seeds} seeds"
