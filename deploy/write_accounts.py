"""`python -m deploy.write_accounts`: every account of broker and store with all that it may do, for people to read."""

from __future__ import annotations

import json
from pathlib import Path

from shared.bus import topology
from shared.runtime import accounts

FILE = Path(__file__).resolve().parent / "accounts.json"


def text() -> str:
    """Regular expressions over names in the broker; actions per database or collection in the store."""
    broker = {
        user: {**topology.permission(user), "topics": topology.topic_permissions(user), "tags": []}
        for user in topology.USERS
    }
    store = {user: _readable(user) for user in accounts.USERS}
    return json.dumps({"broker": broker, "store": store}, indent=1) + "\n"


def _readable(user: str) -> dict[str, str]:
    found = {}
    for privilege in accounts.privileges(user):
        resource = privilege["resource"]
        found[f"{resource['db']}.{resource['collection'] or '*'}"] = " ".join(privilege["actions"])
    return found


if __name__ == "__main__":
    FILE.write_text(text())
