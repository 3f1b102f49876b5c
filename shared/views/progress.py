"""How far a service's log, its relay and its views are: what operators watch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import MongoClient

from shared.eventlog.place import log_database
from shared.kernel.events import Data
from shared.views.generations import live_generation, reaching_the_store, watermarks


def progress(client: MongoClient[dict[str, Any]], service: str, partitions: int) -> Data:
    """`heads` and `relayed` per partition, `applied` per "source.partition", and how much is `parked`.

    All are last positions. Raises Transient.
    """
    applied = watermarks(client, service, live_generation(client, service))
    with reaching_the_store():
        database, log = client[service], client[log_database(service)]
        heads, relayed = [], []
        for number in range(partitions):
            last = log[f"log_{number}"].find_one({}, {"_id": 1}, sort=[("_id", -1)])
            heads.append(int(last["_id"]) if last else 0)
            mark = database["checkpoints"].find_one({"_id": f"relay.{number}"})
            relayed.append(int(mark["position"]) if mark else 0)
        parked = database["parked"].estimated_document_count()
    return {
        "heads": heads,
        "relayed": relayed,
        "applied": {f"{source}.{number}": position for (source, number), position in sorted(applied.items())},
        "parked": parked,
    }


def lags(found: Mapping[str, Data]) -> dict[tuple[str, str, int], int]:
    """Per (service, source, partition), how many commits of the source the service has not yet applied.

    `found` holds the progress of each service that is known.
    """
    lag = {}
    for service, one in found.items():
        for place, position in one["applied"].items():
            source, _, number = place.rpartition(".")
            heads = found.get(source, {}).get("heads", [])
            if int(number) < len(heads):
                lag[service, source, int(number)] = max(0, heads[int(number)] - position)
    return lag
