"""Looks for marked words wherever they must not be in clear: store, queues, parking, logs, exports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bson
from pymongo import MongoClient

from shared.analytics.export import FORMATS, export
from shared.eventlog.mongo import connect
from shared.kernel.clock import SystemClock
from tests.torture.system.people import CANARY
from tests.torture.system.rig import Rig
from tests.torture.system.watch import logs

_MARK = b"cnry"
_SYSTEM = {"admin", "config", "local"}


def sweep(rig: Rig, folder: Path) -> dict[str, set[str]]:
    """Every place that was looked at, with the words that were found there. Queues are empty at rest (I11)."""
    with connect(rig.store.url(), socketTimeoutMS=60_000) as client:
        found = _databases(client)
        export(dict(logs(client)), folder, FORMATS["jsonl"], SystemClock())
    for file in folder.rglob("*"):
        if file.is_file():
            found.setdefault("export of the logs", set()).update(_words(file.read_bytes()))
    for file in (
        *rig.instance.logs.iterdir(),
        *rig.broker.home.rglob("*.log"),
        *(rig.instance.folder / "store").rglob("*.log"),
    ):
        found[f"log {file.name}"] = _words(file.read_bytes())
    return found


def _databases(client: MongoClient[dict[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in sorted(set(client.list_database_names()) - _SYSTEM):
        for collection in client[name].list_collection_names():
            place = f"{'parked' if collection == 'parked' else 'database'} {name}.{collection}"
            words = found.setdefault(place, set())
            batches: Iterator[Any] = client[name][collection].find_raw_batches({}, batch_size=2000)
            for batch in batches:
                if _MARK in batch:
                    for document in bson.decode_all(batch):
                        words |= _words(json.dumps(document, default=_plain).encode())
    return found


def _plain(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _words(data: bytes) -> set[str]:
    return set(CANARY.findall(data.decode("latin-1"))) if _MARK in data else set()
