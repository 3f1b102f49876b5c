"""Measures bytes: what the events of some pairs take in a private store, in logs, views and messages.

The events are those of `tests/benchmarks/mentorships.py`, with sealed words that do not compress, written by the log's
own insert (chain and indexes), and projected by the services' own view functions. `python -m scripts.scale.sizes`
writes docs/scale.json.
"""

from __future__ import annotations

import json
import os
import re
import time
from base64 import b64encode
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from pymongo import MongoClient
from scipy.optimize import linear_sum_assignment

from services.conversations.service import TABLE as CONVERSATIONS
from services.matching.service import TABLE as MATCHING
from services.notifications.service import TABLE as NOTIFICATIONS
from services.programs.service import TABLE as PROGRAMS
from services.trust_safety.service import TABLE as TRUST_SAFETY
from shared.bus.codec import encode
from shared.bus.topology import CONSUMES
from shared.eventlog import chain
from shared.eventlog.collection import LogCollection
from shared.eventlog.documents import encode as encode_commit
from shared.eventlog.mongo import MongoEventLog
from shared.eventlog.place import log_database
from shared.kernel.clock import to_text
from shared.kernel.events import NewCommit, StoredEvent
from shared.kernel.ids import new_id
from shared.views.rebuild import rebuild
from tests.benchmarks.mentorships import happenings
from tests.support.mongod import private_mongod

TABLES = (PROGRAMS, MATCHING, CONVERSATIONS, TRUST_SAFETY, NOTIFICATIONS)
_ROOT = Path(__file__).resolve().parents[2]
_PAGE = 256
_SEALED = "s" * 160
_SIDES = (1000, 2000, 4000)


def measure(pairs: int) -> dict[str, Any]:
    """Bytes per commit, view document and message, per service, and seconds of a matching run by its size."""
    with private_mongod() as mongod, _client(mongod.url) as client:
        events = _fill(client, pairs)
        found = {table.name: {"events": events[table.name]} for table in TABLES}
        logs = {table.name: MongoEventLog(client, table.name, 1) for table in TABLES}
        for table in TABLES:
            _project(client, table, logs)
        client.admin.command("fsync")
        for name, log in logs.items():
            found[name] |= _bytes(client, name) | {"message": _message_bytes(log)}
            log.close()
    return {"pairs": pairs, "services": found, "assignment_seconds": {str(n): _assignment(n) for n in _SIDES}}


def _client(url: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(url)


def _fill(client: MongoClient[dict[str, Any]], pairs: int) -> Counter[str]:
    waiting: defaultdict[str, list[bytes]] = defaultdict(list)
    seqs: Counter[tuple[str, str]] = Counter()
    ends = {table.name: chain.Link(0, chain.genesis(table.name, 0)) for table in TABLES}
    for table in TABLES:
        MongoEventLog(client, table.name, 1).prepare()

    def write(service: str) -> None:
        collection = LogCollection(client[log_database(service)], 0, 30.0, chain.genesis(service, 0))
        ends[service] = collection.insert(ends[service], waiting.pop(service)).end

    events: Counter[str] = Counter()
    for at, told in happenings(pairs):
        seq, command = seqs[told.service, told.stream], new_id()
        event = StoredEvent(new_id(), told.type, 1, _incompressible(told.data))
        commit = NewCommit(told.stream, seq, (event,), command, command, None, told.actor, to_text(at))
        waiting[told.service].append(encode_commit(commit))
        seqs[told.service, told.stream] += 1
        events[told.service] += 1
        if len(waiting[told.service]) == _PAGE:
            write(told.service)
    for service in list(waiting):
        write(service)
    return events


def _incompressible(data: dict[str, Any]) -> dict[str, Any]:
    return json.loads(re.sub(_SEALED, lambda _: b64encode(os.urandom(120)).decode(), json.dumps(data)))  # type: ignore[no-any-return]


def _project(client: MongoClient[dict[str, Any]], table: Any, logs: dict[str, MongoEventLog]) -> None:
    """The live views are said to stand at the ends of the logs: a rebuild goes as far as they do."""
    for source in (table.name, *CONSUMES[table.name]):
        if source in logs and (head := logs[source].head(0)):
            client[table.name]["view1_watermarks"].insert_one({"_id": f"{source}.0", "position": head})
    rebuild(table, client, logs)


def _bytes(client: MongoClient[dict[str, Any]], service: str) -> dict[str, int]:
    log = client[log_database(service)].command("collStats", "log_0")
    names = [name for name in client[service].list_collection_names() if name.startswith("view2_")]
    commits = max(1, log["count"])
    views = [client[service].command("collStats", name) for name in names]
    documents = sum(view["count"] for view in views)
    return {
        "log": round(log["storageSize"] / commits),
        "log_indexes": round(log["totalIndexSize"] / commits),
        "log_uncompressed": round(log["size"] / commits),
        "view_documents": documents,
        "view_document": round(sum(view["storageSize"] for view in views) / max(1, documents)),
        "view_indexes": round(sum(view["totalIndexSize"] for view in views) / max(1, documents)),
    }


def _message_bytes(log: MongoEventLog) -> int:
    events = [event for commit in log.feed(0, 0, 2000) for event in commit.events]
    return round(sum(len(encode(event)[0]) for event in events) / max(1, len(events)))


def _assignment(side: int) -> float:
    """Seconds of processor time that scipy takes for as many mentees as mentors."""
    table = np.random.default_rng(side).random((side, side))
    began = time.process_time()
    linear_sum_assignment(table, maximize=True)
    return round(time.process_time() - began, 2)


if __name__ == "__main__":
    (_ROOT / "docs/scale.json").write_text(json.dumps(measure(300), indent=1) + "\n")
