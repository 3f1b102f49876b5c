"""The disk has it before anybody is told so: what the servers ask of the kernel, seen from outside."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pymongo
import pytest

from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.kernel.ids import new_id
from shared.runtime.local.store import LocalStore
from tests.support import servers
from tests.support.commits import new_commit

pytestmark = pytest.mark.real
_SYNCED = re.compile(r"^\d+ +(\d+\.\d+) .*\b(?:fsync|fdatasync)\b.*= 0 <(\d+\.\d+)>$")
_TIMES = 20


class Syncs:
    """What a traced process has synced: `within(began, ended)` seconds since the epoch."""

    def __init__(self, output: Path) -> None:
        self._output = output

    def within(self, began: float, ended: float) -> bool:
        """Whether a sync ended in this time. strace gives a call that others interrupt in two lines, the end last."""
        return any(began <= end <= ended for end in self._ends())

    def _ends(self) -> Iterator[float]:
        for line in self._output.read_text().splitlines():
            if found := _SYNCED.match(line):
                at, lasted = float(found[1]), float(found[2])
                yield at if "resumed" in line else at + lasted


@pytest.fixture
def syncs(store: servers.Store, tmp_path: Path) -> Iterator[Syncs]:
    if not isinstance(store, LocalStore):
        pytest.skip("needs a store whose process may be traced: run without MONGO_URL and Docker")
    with _traced(store.children[0].pid, tmp_path / "strace") as output:
        yield Syncs(output)


@contextmanager
def _traced(pid: int, output: Path) -> Iterator[Path]:
    strace = shutil.which("strace")
    if not strace:
        pytest.skip("strace is not installed")
    command = [strace, "-f", "-qq", "-ttt", "-T", "-e", "trace=fsync,fdatasync", "-o", str(output), "-p", str(pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        _await_tracer(pid, tracer)
        yield output
    finally:
        tracer.terminate()
        tracer.communicate()


def _await_tracer(pid: int, tracer: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 10
    while "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text():
        if tracer.poll() is not None:
            pytest.skip(f"ptrace is forbidden here: {(tracer.communicate()[1] or '').strip()}")
        assert time.monotonic() < deadline, "strace did not attach in time"
        time.sleep(0.05)


def _synced(syncs: Syncs, write: Callable[[], object]) -> int:
    """How many of a number of writes, one after the other, were synced between their start and their answer."""
    spans = []
    for _ in range(_TIMES):
        began = time.time()
        write()
        spans.append((began, time.time()))
        time.sleep(0.01)
    time.sleep(0.2)
    return sum(syncs.within(*span) for span in spans)


def test_a_commit_is_on_the_disk_before_it_is_acknowledged(store: servers.Store, syncs: Syncs) -> None:
    """Between the asking for a commit and its answer the store has synced its journal, every time."""
    with connect(store.url) as client:
        log = MongoEventLog(client, f"test_{new_id()}", 1)
        log.prepare()

        assert _synced(syncs, lambda: log.append(new_commit(new_id()))) == _TIMES

        log.close()
        client.drop_database(log_database(log.service))


def test_the_look_at_syncs_can_fail(store: servers.Store, syncs: Syncs) -> None:
    """Of writes that do not wait for the journal, most are answered without a sync."""
    with connect(store.url) as client:
        database = client.get_database(f"test_{new_id()}", write_concern=pymongo.WriteConcern(w=1, j=False))
        database["writes"].insert_one({})

        assert _synced(syncs, lambda: database["writes"].insert_one({})) < _TIMES

        client.drop_database(database.name)
