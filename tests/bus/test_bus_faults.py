"""Kills: of the broker, of the consumer's process; and the same code in green threads."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.bus.consumer import Consumer
from shared.bus.relay import Relay
from tests.bus.doubles import Checkpoint, ListLog, MemorySink, Publisher, kill, until
from tests.support import servers

pytestmark = pytest.mark.real


def victim(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bus.victim", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_broker_killed(broker: servers.Broker, relay: Callable[..., Relay], consumer: Callable[..., Consumer]) -> None:
    """The broker is killed in full flow: nothing is lost, nothing comes twice; who starts without a broker waits."""
    log, sink, checkpoint = ListLog(), MemorySink(), Checkpoint()
    consumer(sink, lambda *_: [])  # no help from the feed: the broker alone must have kept what it confirmed
    relay(log, checkpoint)
    log.append(2000)
    until(lambda: len(sink.applied) > 200)
    kill(broker)
    log.append(500)
    late_log, late_sink = ListLog("notifications"), MemorySink()
    late_log.append(3)
    consumer(late_sink, lambda *_: [], "trust_safety")
    relay(late_log, Checkpoint())
    broker.start()
    log.append(500)
    until(lambda: len(sink.applied) == 3000)
    assert sink.applied == log.events
    until(lambda: checkpoint.position == 3000)
    until(lambda: [e for e in late_sink.applied if e.service == "notifications"] == late_log.events)


def test_consumer_killed_in_the_middle(url_of: Callable[[str], str], programs: Publisher, tmp_path: Path) -> None:
    """Killed with -9 in the middle of batches, again and again, a consumer applies every event exactly once."""
    log, path = ListLog(), tmp_path / "sink.sqlite"
    log.append(200, of=2)
    for one in log.events:
        programs.send(one)

    def applied() -> list[tuple[int, int]]:
        if not path.exists():
            return []
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            try:
                found = db.execute("select position, idx from applied order by n").fetchall()
            except sqlite3.OperationalError:
                found = []
        db.close()
        return found

    for goal in (30, 200):
        process = victim("consume", url_of("matching"), str(path))
        while len(applied()) < goal:
            time.sleep(0.01)
        time.sleep(0.03)  # now inside the next transaction
        process.kill()
        process.communicate()
    process = victim("consume", url_of("matching"), str(path))
    until(lambda: len(applied()) >= 400)
    process.kill()
    process.communicate()
    assert applied() == [(e.position, e.index) for e in log.events]


def test_green_threads(url_of: Callable[[str], str]) -> None:
    """Relay, consumer, RPC server and client together in one eventlet process, with a hole repaired over RPC."""
    process = victim("both", url_of("programs"), url_of("matching"), "--eventlet")
    output, _ = process.communicate(timeout=110)
    assert process.returncode == 0
    assert json.loads(output) == {"applied": 1002}
