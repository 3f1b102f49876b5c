"""Who may do what in the store: data, as `shared.bus.topology` has it for the broker (BR-05).

`shared.runtime.store_setup` lays it down, for `mentorship up` as for an installation; `deploy/accounts.json` shows it.

A service adds to its log and reads it, and can neither change nor remove what is there; what it derives from logs it
may change. It sees no other service's database, and keys only by an account of their own. An operator rewrites no
history either, and opens nothing. Analysts have no account: they are given exports (PR-15).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.contracts.catalogue import SERVICES, SOURCES
from shared.eventlog.place import log_database
from shared.views.scratch import SCRATCH

ADMIN = "admin"
"""Lays all this down, and is nobody's account at work."""

OPERATOR = "operator"
"""The `mentorship` commands: reads logs, rebuilds views, replays into scratch views, drops what is parked."""

BACKUP = "backups"  # MongoDB has a role `backup` of its own
"""`mentorship backup`: reads all that is copied, keys as they are wrapped, and changes nothing."""

_READ = ("find", "listCollections", "listIndexes")
_ADD = (*_READ, "insert", "createIndex")
_CHANGE = (*_ADD, "update", "remove")
_REGISTRY = ("keys", "tombstones")


def keys_user(service: str) -> str:
    """The account of a service's key registry, named like its database."""
    return f"{service}_keys"


USERS = (*SOURCES, *map(keys_user, SERVICES), OPERATOR, BACKUP)
"""The gateway seals nothing, so it has no keys."""


def _may(actions: Sequence[str], database: str, collection: str = "") -> dict[str, Any]:
    return {"resource": {"db": database, "collection": collection}, "actions": list(actions)}


def privileges(user: str) -> list[dict[str, Any]]:
    """All that an account may do, in MongoDB's words; "" stands for every collection of a database."""
    if user == OPERATOR:
        return [
            *(_may(_READ, log_database(service)) for service in SOURCES),
            *(_may((*_CHANGE, "dropCollection"), database) for database in (*SOURCES, SCRATCH)),
        ]
    if user == BACKUP:
        databases = (*map(log_database, SOURCES), *SOURCES)
        registries = [(keys_user(service), name) for service in SERVICES for name in _REGISTRY]
        return [*(_may(_READ, each) for each in databases), *(_may(("find",), *each) for each in registries)]
    if user in SOURCES:
        return [_may((*_ADD, "dbStats"), log_database(user)), _may(_CHANGE, user)]
    # A tombstone cannot be removed: nobody who was forgotten comes back.
    return [_may(("find", "insert", "update", "createIndex"), user, name) for name in _REGISTRY]


def accounts(passwords: Mapping[str, str]) -> dict[str, Any]:
    """A role of its own for each user, and the users, as the commands createRole and createUser take them.

    Raises KeyError where a user has no password.
    """
    roles = [{"role": user, "privileges": privileges(user), "roles": []} for user in USERS]
    users = [{"user": user, "pwd": passwords[user], "roles": [user]} for user in USERS]
    return {"roles": roles, "users": [{"user": ADMIN, "pwd": passwords[ADMIN], "roles": ["root"]}, *users]}
