"""One moment of the whole store: how far every log was, and what views had applied by then.

A snapshot holds no effect without its cause, so no event in it stands on one that is not. Logs only grow: up to these
positions they can be read at leisure afterwards. Everything else that cannot be made anew from logs is read within it:
watermarks, checkpoints of relays, what is parked or was dropped, and what must stay forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bson import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.client_session import ClientSession

from shared.analytics.source import Place
from shared.eventlog.place import log_database
from shared.views.generations import WATERMARKS, reaching_the_store

Client: TypeAlias = "MongoClient[dict[str, Any]]"

RAW = CodecOptions(RawBSONDocument)
"""Documents byte for byte as they are stored."""

KEPT = ("checkpoints", "dropped", "forgotten", "parked")
"""What services keep beside their views; a lease ends by itself."""
FIRST_GENERATION = f"view1_{WATERMARKS}"
"""Under this name watermarks are kept, whatever generation was live: rebuilt views begin again with the first."""


@dataclass(frozen=True, slots=True)
class Cut:
    """`heads` are last positions; `kept` are encoded documents by `<database>/<collection>`."""

    heads: Mapping[Place, int]
    kept: Mapping[str, list[bytes]]


def cut(client: Client, partitions: Mapping[str, int]) -> Cut:
    """`partitions` by service. Raises Transient."""
    heads: dict[Place, int] = {}
    kept: dict[str, list[bytes]] = {}
    with reaching_the_store(), client.start_session(snapshot=True) as moment:
        for service, number in partitions.items():
            log = client[log_database(service)]
            for partition in range(number):
                last = log[f"log_{partition}"].find_one({}, {"_id": 1}, sort=[("_id", -1)], session=moment)
                heads[service, partition] = int(last["_id"]) if last else 0
        for service in partitions:
            kept.update(_kept(client, service, moment))
    return Cut(heads, kept)


def _kept(client: Client, service: str, moment: ClientSession) -> Iterable[tuple[str, list[bytes]]]:
    live = client[service]["meta"].find_one({"_id": "views"}, session=moment)
    applied = f"view{int(live['generation']) if live else 1}_{WATERMARKS}"
    for name, source in ((FIRST_GENERATION, applied), *((name, name) for name in KEPT)):
        found = client[service][source].with_options(RAW).find({}, session=moment)
        yield f"{service}/{name}", [bytes(document.raw) for document in found]
