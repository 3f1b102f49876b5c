"""Where the logs are in the store: each in a database of its own, to which its service may add, and no more (BR-05).

MongoDB's roles name databases or single collections, never "all but these": so what only grows and what changes
do not share a database.
"""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient


def log_database(service: str) -> str:
    """The name of the database that holds nothing but the log of a service."""
    return f"{service}_log"


def move_log(client: MongoClient[dict[str, Any]], service: str) -> bool:
    """Move a log that still lies beside the views, as it did at first, while nobody writes. True where there was one.

    Killed in the middle, it is done again: the note of how many partitions there are moves last. Raises pymongo's.
    """
    old, new = client[service], client[log_database(service)]
    note = old["meta"].find_one({"_id": "log"})
    if note is None or new["meta"].find_one({"_id": "log"}):
        return False
    for number in range(note["partitions"]):
        if old.list_collection_names(filter={"name": f"log_{number}"}):
            source, target = f"{old.name}.log_{number}", f"{new.name}.log_{number}"
            client.admin.command("renameCollection", source, to=target, dropTarget=True)
    new["meta"].insert_one(note)
    old["meta"].delete_one({"_id": "log"})
    return True
