"""A private mongod for tests: a one-node replica set on loopback with a folder of its own, which tests may kill."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from shared.runtime.local.ports import free_ports

_ROOT = Path(__file__).resolve().parents[2]


def binary() -> Path:
    """MONGOD_BINARY, else the development extra under `.data/`, else the machine's own."""
    places = (os.environ.get("MONGOD_BINARY"), _ROOT / ".data/mongod/fiftyone/db/bin/mongod", shutil.which("mongod"))
    for place in places:
        if place and Path(place).is_file():
            return Path(place)
    raise FileNotFoundError("No mongod: set MONGO_URL or MONGOD_BINARY, or install the development extra.")


class Mongod:
    """`start`, then `url`. `kill` is kill -9; `pause` and `resume` hang it and let it go on; `stop` ends it cleanly."""

    def __init__(self, folder: Path, cache_gb: float = 0.25) -> None:
        self.folder = folder
        [self.port] = free_ports(1)
        self._cache_gb = cache_gb
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet=rs0"

    def start(self, seconds: float = 90.0) -> None:
        """Start and wait until it takes writes. Raises RuntimeError where it does not in time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(self._command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with MongoClient("127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=500) as client:
            expires = time.monotonic() + seconds
            while not self._takes_writes(client):
                if time.monotonic() > expires or self._process.poll() is not None:
                    raise RuntimeError(f"mongod did not come up; see {self.folder / 'mongod.log'}")
                time.sleep(0.02)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Kill -9, then start again on the same port and data."""
        self.kill()
        self.start()

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._running().send_signal(signal.SIGCONT)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("mongod is not running")
        return self._process

    def _command(self) -> list[str]:
        return [
            *(str(binary()), "--dbpath", str(self.folder), "--port", str(self.port)),
            *("--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", "rs0", "--oplogSize", "64"),
            *("--wiredTigerCacheSizeGB", str(self._cache_gb), "--networkMessageCompressors", "disabled"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false", "--setParameter", "ttlMonitorSleepSecs=1"),
            *("--setParameter", "transactionLifetimeLimitSeconds=10"),
            *("--setParameter", "enableTestCommands=1"),  # so that tests may ask it to fail
            *("--logpath", str(self.folder / "mongod.log"), "--logappend"),
        ]

    def _takes_writes(self, client: MongoClient[dict[str, object]]) -> bool:
        member = {"_id": 0, "host": f"127.0.0.1:{self.port}"}
        try:
            hello = client.admin.command("hello")
            if not hello.get("setName") and not hello.get("isWritablePrimary"):
                client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
        except PyMongoError:
            return False  # not up yet, or still reading its configuration: asked again
        return bool(hello.get("isWritablePrimary"))

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._process = None


@contextlib.contextmanager
def private_mongod() -> Iterator[Mongod]:
    """A started mongod of one's own, gone with its data afterwards."""
    with tempfile.TemporaryDirectory(prefix="mongod-", ignore_cleanup_errors=True) as folder:
        mongod = Mongod(Path(folder))
        try:
            mongod.start()
            yield mongod
        finally:
            mongod.stop()


@functools.cache
def shared_url() -> str:
    """MONGO_URL where it is set, else the one private mongod that this whole test run shares."""
    given = os.environ.get("MONGO_URL")
    if given:
        return given
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(private_mongod()).url
