"""Many processes write to one log while some of them are killed."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.eventlog.history import Reader, Writers, check

pytestmark = pytest.mark.real


def test_killed_writers_leave_a_dense_log_and_a_reader_misses_nothing(
    mongo_url: str, service: str, tmp_path: Path
) -> None:
    """Eight processes write, some are killed -9 at random: nothing acknowledged is lost, no reader meets a hole."""
    reader = Reader(mongo_url, service)
    writers = Writers(8, mongo_url, service, tmp_path)
    chance = random.Random(7)
    try:
        writers.write_more(than=100)
        for _ in range(6):
            writers.kill(chance.randrange(8))
            time.sleep(chance.uniform(0.1, 0.5))
        writers.write_more(than=writers.acknowledged() + 100)
        writers.finish()
    finally:
        writers.stop()
        reader.finish()

    acknowledged = check(mongo_url, service, writers.notes(), reader)

    assert acknowledged > 200
