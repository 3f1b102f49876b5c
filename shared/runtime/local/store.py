"""A private mongod as a one-node replica set: loopback only, majority writes and transactions as in production."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from shared.runtime.faults import Fault
from shared.runtime.local.part import Part
from shared.runtime.local.processes import Child

_PROJECT = Path(__file__).resolve().parents[3]
_WHEEL = _PROJECT / ".data/mongod/fiftyone/db/bin/mongod"
_SET = "rs0"
_NOT_YET_INITIALIZED = 94

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
    """MongoDB with its data in a folder."""

    title = "MongoDB"

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet={_SET}"

    def remove(self) -> None:
        """Delete all data of a stopped store."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self) -> None:
        data, log = self.folder / "db", self.folder / "mongod.log"
        data.mkdir(mode=0o700, exist_ok=True)
        command = [str(find_mongod()), *_FLAGS, "--dbpath", str(data), "--port", str(self.port)]
        command += ["--logpath", str(log), "--logappend"]
        env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder), "LC_ALL": "C"}
        out = self.folder / "stdout.log"
        self.children = [Child.spawn("mongod", command, env=env, log=out, tie=self.tie)]
        self.remember()
        self._wait(60, log if log.exists() else out)

    def _answers(self) -> bool:
        return is_primary(self.port)


def is_primary(port: int) -> bool:
    """Whether the server on loopback takes majority writes now.

    Makes the replica set at the first start, and lets its only member follow the port when that has moved.
    """
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=200
    )
    with client:
        try:
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            _configure(client, f"127.0.0.1:{port}")
        except PyMongoError:
            return False
    return False


def _configure(client: pymongo.MongoClient[dict[str, Any]], host: str) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": _SET, "members": [{"_id": 0, "host": host}]})
        return
    if config["members"][0]["host"] != host:
        config["members"][0]["host"] = host
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)
