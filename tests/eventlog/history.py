"""Writers in processes of their own, a reader that tails all along, and what must hold of the log they leave."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from pymongo import WriteConcern

from shared.eventlog import LogUnavailable
from shared.eventlog.mongo import MongoEventLog, connect
from tests.eventlog.writer import PARTITIONS
from tests.support.world import until

_ROOT = Path(__file__).resolve().parents[2]


class Writers:
    """`count` writing processes."""

    def __init__(self, count: int, url: str, service: str, folder: Path) -> None:
        self._arguments = (url, service)
        self._folder = folder
        self._started = 0
        self._running = [self._spawn() for _ in range(count)]

    def kill(self, index: int) -> None:
        """Kill -9 one of them and start another in its place."""
        self._running[index].kill()
        self._running[index].wait()
        self._running[index] = self._spawn()

    def finish(self) -> None:
        """Let them see through what they are at; one that has only just been started has not begun."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            assert process.wait(60) in {0, -signal.SIGTERM}

    def stop(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()

    def acknowledged(self) -> int:
        return sum(note[0] == "ack" for note in self.notes())

    def write_more(self, than: int) -> None:
        """Wait until more are acknowledged."""
        until(self.acknowledged, lambda now: now > than)

    def notes(self) -> list[list[str]]:
        """All that any of them noted, killed or not; a last line that was cut is left out."""
        lines = [line for file in self._folder.glob("*.notes") for line in file.read_text().splitlines(keepends=True)]
        return [line.split() for line in lines if line.endswith("\n")]

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._started += 1
        notes = self._folder / f"{self._started}.notes"
        command = [sys.executable, "-m", "tests.eventlog.writer", *self._arguments, str(notes)]
        return subprocess.Popen(command, cwd=_ROOT)


class Reader:
    """Tails every partition from the start, and keeps the positions in the order in which it saw them."""

    def __init__(self, url: str, service: str) -> None:
        self._client = connect(url)
        self._log = MongoEventLog(self._client, service, PARTITIONS, poll=0.005)
        self.seen: dict[int, list[int]] = {partition: [] for partition in range(PARTITIONS)}
        self._finish = threading.Event()
        self._threads = [threading.Thread(target=self._tail, args=(partition,)) for partition in self.seen]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Read what is left, then stop. What killed writers left in flight is durable before the last look is taken."""
        barrier = self._client.get_database("barrier", write_concern=WriteConcern(w="majority", j=True))
        barrier["barrier"].insert_one({})
        self._finish.set()
        for thread in self._threads:
            thread.join()
        self._client.close()

    def _tail(self, partition: int) -> None:
        seen = self.seen[partition]
        while True:
            last_round = self._finish.is_set()
            try:
                page = self._log.feed(partition, seen[-1] if seen else 0, 100)
            except LogUnavailable:
                time.sleep(0.05)
                continue
            seen.extend(commit.position for commit in page)
            if not page and last_round:
                return
            if not page:
                self._log.wait(partition, seen[-1] if seen else 0, 0.1)


def check(url: str, service: str, notes: list[list[str]], reader: Reader) -> int:
    """Assert the invariants I1 to I5 and I7 of the store, and its chain. Gives the number of acknowledged commits."""
    with connect(url) as client:
        log = MongoEventLog(client, service, PARTITIONS)
        commits = [commit for partition in range(PARTITIONS) for commit in log.replay(partition)]
        chained = [commit for p in range(PARTITIONS) for commit, digest in log.verified(p, {}) if digest]
    assert chained == commits, "BR-12: the chain is broken"
    asked = {note[1] for note in notes if note[0] == "ask"}
    acked = {note[1]: (int(note[2]), int(note[3])) for note in notes if note[0] == "ack"}
    stored = {commit.command_id: (commit.partition, commit.position) for commit in commits}

    assert [note for note in notes if note[0] == "broken"] == []
    assert {command: stored.get(command) for command in acked} == acked, "I1: an acknowledged commit is lost or moved"
    assert stored.keys() <= asked, "I2: something is in the log that nobody asked for"
    assert len(stored) == len(commits), "I3: a command is in the log twice"
    for partition, seen in reader.seen.items():
        dense = list(range(1, 1 + sum(commit.partition == partition for commit in commits)))
        assert [c.position for c in commits if c.partition == partition] == dense, "I4: positions are not dense"
        assert seen == dense[: len(seen)], "I7: the tailing reader met a hole"
        assert len(seen) == len(dense), "I7: the tailing reader missed the end"
    for stream, count in Counter(commit.stream for commit in commits).items():
        seqs = [commit.seq for commit in commits if commit.stream == stream]
        assert seqs == list(range(1, count + 1)), "I5: a stream has a hole or a fork"
    return len(acked)
