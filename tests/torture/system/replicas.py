"""A replica set of three on loopback, where each member is reached through a proxy port, by clients and by the others.

So a member can be killed, hung, or cut off from everybody, and the set has to choose another primary.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pymongo
from pymongo.errors import PyMongoError

from shared.eventlog.mongo import connect
from shared.runtime.local.instance import Instance
from shared.runtime.local.ports import free_ports
from shared.runtime.local.processes import Child
from shared.runtime.local.store import find_mongod

_MEMBERS = 3
_SET = "rs0"
_PATIENCE = 60.0
_FLAGS = (
    *("--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", _SET, "--oplogSize", "128"),
    *("--wiredTigerCacheSizeGB", "0.5", "--networkMessageCompressors", "disabled"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false", "--setParameter", "ttlMonitorSleepSecs=1"),
    *("--setParameter", "transactionLifetimeLimitSeconds=10"),
)


class ThreeStores:
    """See `rig.Store`. Members find each other once the proxy runs, so `form` comes after `start`.

    It has no accounts: whoever reaches it may do everything.
    """

    title = "a replica set of three"

    def __init__(self, instance: Instance) -> None:
        self._folder = instance.folder / "store"
        found = free_ports(2 * _MEMBERS)
        self._direct, self._ports = found[:_MEMBERS], found[_MEMBERS:]
        self._children: list[Child | None] = [None] * _MEMBERS

    def start(self) -> None:
        """Start all members that do not run, without waiting for what becomes of them."""
        for number in range(_MEMBERS):
            child = self._children[number]
            if child is None or not child.alive():
                self._children[number] = self._spawn(number)

    def _spawn(self, number: int) -> Child:
        data = self._folder / f"member-{number}"
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self._folder / f"member-{number}.log"
        where = ("--dbpath", str(data), "--port", str(self._direct[number]), "--logpath", str(log), "--logappend")
        env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(data), "LC_ALL": "C"}
        out = self._folder / f"member-{number}.out"
        return Child.spawn("mongod", [str(find_mongod()), *_FLAGS, *where], env=env, log=out, tie=signal.SIGKILL)

    def form(self) -> None:
        """Make them a set, at first; then wait for a primary that takes writes."""
        members = [{"_id": n, "host": f"127.0.0.1:{port}"} for n, port in enumerate(self._ports)]
        _until(lambda: _initiate(self._direct[0], members), "the set was not formed")
        self.bring_back()

    def stop(self) -> None:
        for child in self._children:
            if child is not None:
                child.end(0)

    def kill_primary(self) -> None:
        """SIGKILL to whoever is the primary now, or to the first where none is."""
        child = self._children[self._primary() or 0]
        assert child is not None
        child.end(0)

    def step_down(self) -> None:
        """The primary gives up its place; another takes it."""
        number = self._primary()
        if number is not None:
            with self._only(number) as client:
                client.admin.command("replSetStepDown", 10, secondaryCatchUpPeriodSecs=5)

    def bring_back(self) -> None:
        """Start who is away; returns when a majority takes a write."""
        self.start()
        _until(self._takes_writes, "no primary takes writes")

    def hang(self, number: signal.Signals) -> None:
        """SIGSTOP to the primary, SIGCONT to all."""
        hung = [self._primary() or 0] if number == signal.SIGSTOP else range(_MEMBERS)
        for one in hung:
            child = self._children[one]
            if child is not None:
                child.signal(number)

    def url(self) -> str:
        return self.url_for("")

    def url_for(self, _user: str) -> str:
        return f"mongodb://{','.join(f'127.0.0.1:{port}' for port in self._ports)}/?replicaSet={_SET}"

    def links(self) -> dict[str, list[int]]:
        pairs = zip(self._ports, self._direct, strict=True)
        return {f"store/{number}": list(pair) for number, pair in enumerate(pairs)}

    def _only(self, number: int) -> pymongo.MongoClient[dict[str, Any]]:
        port = self._direct[number]
        return pymongo.MongoClient(
            "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=500, socketTimeoutMS=20_000
        )

    def _primary(self) -> int | None:
        for number in range(_MEMBERS):
            try:
                with self._only(number) as client:
                    if client.admin.command("hello").get("isWritablePrimary"):
                        return number
            except PyMongoError:
                continue
        return None

    def _takes_writes(self) -> bool:
        with connect(self.url()) as client:
            database = client.get_database("torture", write_concern=pymongo.WriteConcern(w="majority", wtimeout=5000))
            database["heartbeat"].update_one({"_id": 1}, {"$inc": {"n": 1}}, upsert=True)
        return True


def _initiate(port: int, members: list[dict[str, Any]]) -> bool:
    found: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=500
    )
    with found as client:
        if not client.admin.command("hello").get("setName"):
            client.admin.command("replSetInitiate", {"_id": _SET, "members": members})
    return True


def _until(holds: Any, otherwise: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            if holds():
                return
        except PyMongoError:
            pass  # not yet
        if time.monotonic() > deadline:
            raise RuntimeError(f"{otherwise} after {_PATIENCE:.0f} s")
        time.sleep(0.1)
