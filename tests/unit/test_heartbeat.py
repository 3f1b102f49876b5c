"""The sign of life of a process."""

from __future__ import annotations

import os
import subprocess
import sys

from shared.runtime import heartbeat

_HANGS = """
import eventlet
eventlet.monkey_patch()
import os, sys, time
from shared.runtime import heartbeat
heartbeat.EVERY = 0.05
heartbeat.begin()
file = os.environ["HEARTBEAT_FILE"]
os.utime(file, (0, 0))
eventlet.sleep(0.5)
assert heartbeat.alive(), "beats while the hub turns"
os.utime(file, (0, 0))
until = time.monotonic() + 0.5
while time.monotonic() < until:
    pass
assert not heartbeat.alive(), "beats though nothing else gets a turn"
"""


def test_a_service_that_hangs_does_not_beat(tmp_path) -> None:
    """A green thread that never yields stops everything in its process, and the heartbeat with it."""
    environment = {**os.environ, "HEARTBEAT_FILE": str(tmp_path / "heartbeat")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _HANGS], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_process_that_never_beat_is_not_alive(tmp_path) -> None:
    """Nor is one whose last beat is long ago; where no file is named, nobody asks."""
    file = tmp_path / "heartbeat"
    named = {"HEARTBEAT_FILE": str(file)}
    assert not heartbeat.alive(named)
    file.touch()
    assert heartbeat.alive(named)
    os.utime(file, (0, 0))
    assert not heartbeat.alive(named)
    assert heartbeat.alive({})
