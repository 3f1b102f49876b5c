"""Side by side, but for the caller as if one after the other."""

from __future__ import annotations

import threading

import pytest

from shared.kernel.abreast import side_by_side


def test_results_come_in_the_order_of_what_was_given() -> None:
    """Sixteen that wait for each other all run, and the answers keep their order."""
    meeting = threading.Barrier(16, timeout=40)

    def meet(number: int) -> int:
        meeting.wait()
        return number * 2

    assert side_by_side(meet, range(16)) == [number * 2 for number in range(16)]


def test_an_error_is_the_callers_once_nothing_runs_any_more() -> None:
    """The first error is raised, no new work begins after it, and what had begun is over."""
    begun: list[int] = []
    over: list[int] = []

    def fail(number: int) -> None:
        begun.append(number)
        if number == 3:
            raise ValueError("three")
        over.append(number)

    with pytest.raises(ValueError, match="three"):
        side_by_side(fail, range(1000))
    assert len(begun) < 1000
    assert set(begun) - set(over) == {3}
