"""`python -m shared.runtime.store_setup ADMIN_URL_FILE PASSWORDS_FILE [MEMBER …]`: makes a store ready for services.

The first file holds the address of the store with an account that may do everything, the second the password of every
account as JSON. Each MEMBER (host:port) is one of a replica set that is still to be made; of several, the address is
that of one. `mentorship up` does the same for its private store. Everything is safe to repeat, while no service of an
older version runs.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from shared.contracts.catalogue import SOURCES
from shared.eventlog.place import move_log
from shared.runtime import accounts
from shared.runtime.faults import Fault

Client: TypeAlias = MongoClient[dict[str, Any]]

REPLICA_SET = "rs0"
_NOT_YET_INITIALIZED = 94
_PATIENCE = 60.0
_SHORTEST_PASSWORD = 12


def is_primary(client: Client, member: str | None) -> bool:
    """Whether the server takes majority writes now; False where it does not answer.

    Makes the replica set of one `member` at the first start, and lets it follow an address that has moved.
    """
    if _takes_writes(client):
        return True
    _configure(client, [member] if member else [])
    return False


def _takes_writes(client: Client) -> bool:
    try:
        return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def _configure(client: Client, members: Sequence[str]) -> None:
    """Whoever calls looks again, and calls again: an error that stays shows there."""
    if not members:
        return
    with suppress(PyMongoError):
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code == _NOT_YET_INITIALIZED:
                hosts = [{"_id": number, "host": host} for number, host in enumerate(members)]
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": hosts})
            return
        if len(config["members"]) == len(members) == 1 and config["members"][0]["host"] != members[0]:
            config["members"][0]["host"] = members[0]
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)


def lay_down(client: Client, passwords: Mapping[str, str]) -> None:
    """Make roles and users, or make them right, and move logs of an older version. Raises Fault."""
    try:
        _make_accounts(client, accounts.accounts(passwords))
        for service in SOURCES:
            move_log(client, service)
    except PyMongoError as error:
        raise Fault(
            f"The store did not take its accounts ({type(error).__name__}): see the log of the store."
        ) from None


def _make_accounts(client: Client, wanted: Mapping[str, Any]) -> None:
    admin = client.get_database("admin")
    there = {role["role"] for role in admin.command("rolesInfo", 1)["roles"]}
    for role in wanted["roles"]:
        rights = {"privileges": role["privileges"], "roles": role["roles"]}
        admin.command("updateRole" if role["role"] in there else "createRole", role["role"], **rights)
    there = {user["user"] for user in admin.command("usersInfo", 1)["users"]}
    for user in wanted["users"]:
        rights = {"pwd": user["pwd"], "roles": user["roles"], "mechanisms": ["SCRAM-SHA-256"]}
        admin.command("updateUser" if user["user"] in there else "createUser", user["user"], **rights)


def set_up(url: str, passwords: Mapping[str, str], members: Sequence[str] = ()) -> None:
    """Wait for the store and lay everything down. Raises Fault."""
    if missing := sorted({accounts.ADMIN, *accounts.USERS} - passwords.keys()):
        raise Fault(f"There is no password for {', '.join(missing)}.")
    if len(set(passwords.values())) < len(passwords) or min(map(len, passwords.values())) < _SHORTEST_PASSWORD:
        raise Fault(f"Every account needs a password of its own of {_SHORTEST_PASSWORD} characters or more.")
    deadline = time.monotonic() + _PATIENCE
    one = _client(url)
    whole = _client(url, directConnection=False, replicaSet=REPLICA_SET) if len(members) > 1 else one
    with one, whole:
        while not _takes_writes(whole):
            if time.monotonic() > deadline:
                raise Fault("The store takes no writes: check the address, the account, and that it runs.")
            _configure(one, members)
            time.sleep(0.2)
        lay_down(whole, passwords)


def _client(url: str, **options: Any) -> Client:
    return MongoClient(url, serverSelectionTimeoutMS=2000, appname="mentorship-store-setup", **options)


def main(arguments: Sequence[str]) -> int:
    try:
        url_file, passwords_file, *members = arguments
        passwords = json.loads(Path(passwords_file).read_text())
        set_up(Path(url_file).read_text().strip(), passwords, members)
    except (Fault, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except ValueError:
        sys.stderr.write("Name a file with the address of the store, and one with the passwords as JSON.\n")
        return 1
    sys.stdout.write("The store is ready.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
