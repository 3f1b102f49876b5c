"""Waking: many calls make one wake-up, and none is lost."""

from __future__ import annotations

import select
import threading

from shared.bus.link import Waker


def awake(waker: Waker) -> bool:
    return bool(select.select([waker.receiver], [], [], 0)[0])


def test_many_calls_make_one_wake_up() -> None:
    """Until it is cleared; the next call wakes again."""
    waker = Waker()
    for _ in range(100_000):  # a byte for each would fill the socket
        waker.wake()
    assert awake(waker)
    waker.clear()
    assert not awake(waker)
    waker.wake()
    assert awake(waker)
    waker.close()


def test_a_call_during_a_clearing_is_not_lost() -> None:
    """Whatever comes between the two steps of a clearing, the next call wakes."""

    class Interrupted:
        """A receiver during whose reading somebody calls."""

        def __init__(self, waker: Waker) -> None:
            self._waker, self._receiver = waker, waker.receiver

        def recv(self, size: int) -> bytes:
            self._waker.wake()
            came = self._receiver.recv(size)
            self._waker.wake()
            return came

        def fileno(self) -> int:
            return self._receiver.fileno()

    waker = Waker()
    waker.wake()
    whole, waker.receiver = waker.receiver, Interrupted(waker)  # type: ignore[assignment]
    waker.clear()
    waker.receiver = whole
    waker.wake()
    assert awake(waker)
    waker.close()


def test_no_wake_up_is_lost_between_threads() -> None:
    """Whoever appends and then calls is seen by whoever clears and then looks, in any interleaving."""
    waker, given, seen = Waker(), [], []  # type: Waker, list[int], list[int]

    def call() -> None:
        for number in range(20_000):
            given.append(number)
            waker.wake()

    caller = threading.Thread(target=call)
    caller.start()
    while len(seen) < 20_000:
        assert select.select([waker.receiver], [], [], 40)[0], "a wake-up was lost"
        waker.clear()
        seen = given[:]
    caller.join()
    waker.close()
