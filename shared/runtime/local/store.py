"""A private mongod as a one-node replica set: loopback only, majority writes and transactions as in production."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pymongo

from shared.runtime import store_setup
from shared.runtime.faults import Fault
from shared.runtime.local import records
from shared.runtime.local.part import Part
from shared.runtime.local.processes import Child

_PROJECT = Path(__file__).resolve().parents[3]
_WHEEL = _PROJECT / ".data/mongod/fiftyone/db/bin/mongod"
_SET = store_setup.REPLICA_SET

_FLAGS = (
    *("--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", _SET),
    *("--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25"),
    *("--networkMessageCompressors", "disabled"),  # CVE-2025-14847
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    *("--setParameter", "ttlMonitorSleepSecs=1"),
    # A service that is killed in the middle of a transaction leaves its locks for so long: others wait for them.
    *("--setParameter", "transactionLifetimeLimitSeconds=10"),
    *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),  # nobody is there to take over
)


def find_mongod() -> Path:
    """The server from the pinned wheel, else one on PATH. Raises Fault."""
    if _WHEEL.exists():
        if not os.access(_WHEEL, os.X_OK):
            _WHEEL.chmod(0o755)
        return _WHEEL
    if found := shutil.which("mongod"):
        return Path(found)
    raise Fault("MongoDB is not installed: run `make setup`, or set MONGO_URL to a replica set of yours.")


class LocalStore(Part):
    """MongoDB with its data in a folder, and the accounts of `shared.runtime.accounts` where passwords are given.

    Without passwords, as in tests of parts, whoever reaches it may do everything.
    """

    title = "MongoDB"

    def __init__(self, folder: Path, passwords: Mapping[str, str] | None = None) -> None:
        super().__init__(folder)
        self._passwords = passwords or {}

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet={_SET}"

    def url_for(self, user: str) -> str:
        """Where an account finds its databases; the plain address where nobody needs one."""
        if not self._passwords:
            return self.url
        password = quote(self._passwords[user], "")
        return f"mongodb://{user}:{password}@127.0.0.1:{self.port}/?replicaSet={_SET}&authSource=admin"

    def remove(self) -> None:
        """Delete all data of a stopped store."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self) -> None:
        data, log = self.folder / "db", self.folder / "mongod.log"
        data.mkdir(mode=0o700, exist_ok=True)
        command = [str(find_mongod()), *_FLAGS, "--dbpath", str(data), "--port", str(self.port)]
        command += ["--logpath", str(log), "--logappend"]
        if self._passwords:
            command += ["--keyFile", str(self._key_file())]
        env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder), "LC_ALL": "C"}
        out = self.folder / "stdout.log"
        self.children = [Child.spawn("mongod", command, env=env, log=out, tie=self.tie)]
        self.remember()
        self._wait(60, log if log.exists() else out)
        if self._passwords:
            with _client(self.port, self._key()) as client:
                store_setup.lay_down(client, self._passwords)

    def _answers(self) -> bool:
        return is_primary(self.port, self._key())

    def _key_file(self) -> Path:
        """What members of the set know each other by. Whoever holds it may do everything, even before any account."""
        file = self.folder / "key"
        if not file.exists():
            records.write_text(file, base64.b64encode(secrets.token_bytes(96)).decode())
        return file

    def _key(self) -> str | None:
        return self._key_file().read_text() if self._passwords else None


def is_primary(port: int, key: str | None = None) -> bool:
    """Whether the server on loopback takes majority writes now. `key` is that of the replica set, where it has one.

    Makes the replica set at the first start, and lets its only member follow the port when that has moved.
    """
    with _client(port, key) as client:
        return store_setup.is_primary(client, f"127.0.0.1:{port}")


def _client(port: int, key: str | None) -> store_setup.Client:
    """As a member of the set itself, who needs no account."""
    return pymongo.MongoClient(
        "127.0.0.1",
        port,
        directConnection=True,
        serverSelectionTimeoutMS=200,
        username="__system" if key else None,
        password=key,
        authSource="local",
    )
