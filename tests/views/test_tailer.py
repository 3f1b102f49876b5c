"""The tailer: the own views go on whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from shared.kernel.events import Event
from shared.views import tailer
from shared.views.tailer import Tailer
from tests.bus.doubles import ListLog, MemorySink, until


def test_an_unforeseen_failure_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """I8: a thread that dies quietly would leave the own views behind for ever."""
    monkeypatch.setattr(tailer, "_PAUSE", 0.01)

    class Odd(MemorySink):
        def apply(self, source: str, partition: int, events: Sequence[Event]) -> None:
            if self.failures:
                self.failures -= 1
                raise OverflowError
            super().apply(source, partition, events)

    log, sink = ListLog(), Odd()
    log.append(3)
    sink.failures = 2
    tail: Any = Tailer(log, 0, sink, log.wait)  # type: ignore[arg-type]
    thread = threading.Thread(target=tail.run)
    thread.start()
    until(lambda: len(sink.applied) == 3)
    tail.stop()
    thread.join(40)
    assert not thread.is_alive()
