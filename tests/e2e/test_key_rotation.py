"""Keys of the running system: what wraps them is replaced under its feet."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from typing import Any

import bson
from pymongo import MongoClient

from shared.eventlog.place import log_database
from tests.e2e.conftest import Group


def commits(group: Group) -> dict[tuple[str, int], str]:
    """Every commit of conversations, as it is stored: its hash."""
    client: MongoClient[Any] = MongoClient(group.system.instance.store_url("admin"))
    log = client[log_database("conversations")]
    found = {
        (name, commit["_id"]): hashlib.sha256(bson.encode(commit)).hexdigest()
        for name in log.list_collection_names(filter={"name": {"$regex": "^log_"}})
        for commit in log[name].find()
    }
    client.close()
    return found


def test_a_key_encryption_key_is_replaced_while_people_write(group: Group) -> None:
    """PR-05: no event changes, no service is restarted, and once the old line is out everything still opens."""
    mentor, mentee, pair = group.pair(group.program())
    mentor.post(f"{pair}/messages", {"text": "before"})
    file, before = group.system.instance.key_file("conversations"), commits(group)
    old = file.read_text()
    file.write_text(f"{base64.b64encode(os.urandom(32)).decode()}\n{old}")
    assert re.search(r"conversations: [1-9]\d* keys wrapped anew", group.system.command("keys", "rotate"))
    assert before.items() <= commits(group).items()
    assert "conversations: 0 keys wrapped anew" in group.system.command("keys", "rotate")
    file.write_text(file.read_text().splitlines()[0])
    mentee.post(f"{pair}/messages", {"text": "after"})
    assert {item["text"] for item in mentor.get(f"{pair}/messages")["items"]} == {"before", "after"}
    status = group.system.command("keys", "status", "--service", "conversations")
    assert len(set(re.findall(r"wrapped by (\w+)", status))) == 1


def test_an_operator_asks_what_retention_would_do(group: Group) -> None:
    """PR-14: a dry run reads all views and registries with the accounts that there are, and names nobody."""
    mentor, _, _ = group.pair(group.program())
    said = group.system.command("retention", "run", "--dry-run")
    assert "destroy" in said or said == "Nothing is due.\n"
    assert mentor.id not in said
    assert "conversations: 0 keys destroyed" in group.system.command("keys", "enforce")
