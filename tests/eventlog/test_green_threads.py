"""The log under eventlet, in which services run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real
_ROOT = Path(__file__).resolve().parents[2]


def test_green_threads_append_together(mongo_url: str, service: str) -> None:
    """Forty green threads append, one tails: nothing is lost, inserts are shared, nobody blocks the process."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.eventlog.green_writer", mongo_url, service]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=40, check=False)

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["followed"] == list(range(1, 401))
    assert answer["inserts"] < 200
    assert answer["longest_pause"] < 1
