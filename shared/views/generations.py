"""The generations of a service's views: `view<n>_<view>`, of which one is live."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pymongo import MongoClient, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.bus.port import Transient

Client = MongoClient[dict[str, Any]]
Watermarks = Mapping[tuple[str, int], int]

_COLLECTION = re.compile(r"view(\d+)_(.+)")
WATERMARKS = "watermarks"


class AnotherIsLive(Exception):
    """Somebody else switched the live generation in the meantime."""


@contextlib.contextmanager
def reaching_the_store() -> Iterator[None]:
    """Raises Transient for any failure of the store, without the driver's message: that may quote documents."""
    try:
        yield
    except PyMongoError as error:
        raise Transient(f"the view store did not answer as it should ({type(error).__name__})") from None


def generations(client: Client, service: str) -> dict[int, dict[str, int]]:
    """Per generation that is there, how many documents each view has, as far as the store knows without counting."""
    found: dict[int, dict[str, int]] = {}
    with reaching_the_store():
        database = client[service]
        for name in sorted(database.list_collection_names()):
            if match := _COLLECTION.fullmatch(name):
                views = found.setdefault(int(match[1]), {})
                if match[2] != WATERMARKS:
                    views[match[2]] = database[name].estimated_document_count()
    return dict(sorted(found.items()))


def watermarks(client: Client, service: str, generation: int, session: ClientSession | None = None) -> Watermarks:
    """How far the views of a generation are: the last applied position per (source, partition)."""
    found: dict[tuple[str, int], int] = {}
    with reaching_the_store():
        for document in client[service][f"view{generation}_{WATERMARKS}"].find({}, session=session):
            source, _, partition = str(document["_id"]).rpartition(".")
            found[source, int(partition)] = int(document["position"])
    return found


def live_generation(client: Client, service: str) -> int:
    with reaching_the_store():
        found = client[service]["meta"].find_one({"_id": "views"})
    return int(found["generation"]) if found else 1


def discard(client: Client, service: str, generation: int) -> None:
    """Remove the collections of a generation. Raises ValueError for the live one."""
    if generation == live_generation(client, service):
        raise ValueError("The live generation is in use.")
    with reaching_the_store():
        database = client[service]
        for name in database.list_collection_names():
            if name.startswith(f"view{generation}_"):
                database.drop_collection(name)


def make_live(client: Client, service: str, generation: int, instead_of: int) -> None:
    """Every worker that starts from now on uses this generation. Raises AnotherIsLive."""
    meta = client.get_database(service, write_concern=WriteConcern(w="majority", j=True))["meta"]
    with reaching_the_store():
        known = meta.find_one({"_id": "views"})
        try:
            wanted = {"_id": "views", "generation": instead_of} if known or instead_of != 1 else {"_id": "views"}
            changed = meta.update_one(wanted, {"$set": {"generation": generation}}, upsert=known is None)
        except DuplicateKeyError:
            raise AnotherIsLive(service) from None
    if not changed.matched_count and changed.upserted_id is None:
        raise AnotherIsLive(service)
