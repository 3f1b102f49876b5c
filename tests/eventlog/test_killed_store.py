"""The store is killed while writers write."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from shared.kernel.ids import new_id
from tests.eventlog.history import Reader, Writers, check
from tests.support.mongod import Mongod

pytestmark = pytest.mark.real
KILLS = 4


def test_nothing_acknowledged_is_lost_when_the_store_is_killed(mongod: Mongod, tmp_path: Path) -> None:
    """Kill -9 of the store, again and again under load, loses nothing acknowledged and doubles nothing."""
    service = f"test_{new_id()}"
    end = time.time() + 15
    reader = Reader(mongod.url, service)
    writers = Writers(3, mongod.url, service, tmp_path, end)
    answered = []
    try:
        time.sleep(1)
        for _ in range(KILLS):
            time.sleep(1)
            mongod.restart()
            answered.append(_acknowledged(writers))
        _wait_for_more(writers, answered[-1])
        writers.finish()
    finally:
        writers.stop()
        reader.finish()

    acknowledged = check(mongod.url, service, writers.notes(), reader)

    assert 0 < answered[0] < answered[-1] < acknowledged


def _acknowledged(writers: Writers) -> int:
    return sum(note[0] == "ack" for note in writers.notes())


def _wait_for_more(writers: Writers, than: int) -> None:
    """I20: writes are accepted after the store is back; within what time, `make torture` measures."""
    expires = time.monotonic() + 40
    while _acknowledged(writers) <= than:
        assert time.monotonic() < expires, "I20: no write was accepted after the store was back"
        time.sleep(0.05)
