"""The store is killed while writers write."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.kernel.ids import new_id
from tests.eventlog.history import Reader, Writers, check
from tests.support.mongod import Mongod

pytestmark = pytest.mark.real
KILLS = 4


def test_nothing_acknowledged_is_lost_when_the_store_is_killed(mongod: Mongod, tmp_path: Path) -> None:
    """I20: kill -9 of the store, again and again under load, loses nothing acknowledged, and then writes are accepted.

    Within what time, `make torture` measures.
    """
    service = f"test_{new_id()}"
    reader = Reader(mongod.url, service)
    writers = Writers(3, mongod.url, service, tmp_path)
    answered = [0]
    try:
        for _ in range(KILLS):
            writers.write_more(than=answered[-1] + 100)
            mongod.restart()
            answered.append(writers.acknowledged())
        writers.write_more(than=answered[-1])
        writers.finish()
    finally:
        writers.stop()
        reader.finish()

    acknowledged = check(mongod.url, service, writers.notes(), reader)

    assert acknowledged > answered[-1] > KILLS * 100
