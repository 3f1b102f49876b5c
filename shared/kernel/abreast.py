"""Does one thing for each of several at the same time: for work that waits for a store more than it computes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

_Of = TypeVar("_Of")
_Made = TypeVar("_Made")

_AT_ONCE = 16


def side_by_side(do: Callable[[_Of], _Made], these: Sequence[_Of]) -> list[_Made]:
    """What `do` gives for each, in their order. Raises the first error, after all that had begun has ended."""
    if len(these) <= 1:
        return [do(one) for one in these]
    made: dict[int, _Made] = {}
    errors: list[Exception] = []
    waiting = deque(enumerate(these))

    def work() -> None:
        while waiting and not errors:
            try:
                place, one = waiting.popleft()
            except IndexError:  # another was faster
                return
            try:
                made[place] = do(one)
            except Exception as error:  # noqa: BLE001 (raised below, by the caller's own thread)
                errors.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(_AT_ONCE, len(these)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [made[place] for place in range(len(these))]
