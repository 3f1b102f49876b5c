"""How the Job `store-setup` makes a replica set of several members, and finds its primary later."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.runtime import store_setup
from shared.runtime.accounts import ADMIN, USERS
from shared.runtime.local.ports import free_ports
from shared.runtime.local.processes import Child
from shared.runtime.local.store import _FLAGS, find_mongod

KEY = secrets.token_hex(48)


@pytest.fixture
def members(tmp_path: Path) -> Iterator[list[str]]:
    """Three servers with a key, as a StatefulSet starts them: no set yet."""
    key = tmp_path / "key"
    key.write_text(KEY)
    key.chmod(0o400)
    ports, children = free_ports(3), []
    for port in ports:
        folder = tmp_path / str(port)
        folder.mkdir()
        command = [str(find_mongod()), *_FLAGS, "--dbpath", str(folder), "--port", str(port), "--keyFile", str(key)]
        environment = {"PATH": os.defpath, "LC_ALL": "C"}
        children.append(Child.spawn("mongod", command, env=environment, log=folder / "log", tie=signal.SIGKILL))
    yield [f"127.0.0.1:{port}" for port in ports]
    for child in children:
        child.end(0.1)


@pytest.mark.real
def test_a_set_of_three_is_made_and_its_primary_is_found_by_any_member(
    members: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """BR-05: accounts are laid down at the primary, at the first start and at an upgrade, whoever leads by then."""
    passwords = {user: f"password of {user}" for user in (ADMIN, *USERS)}
    reached: list[dict[str, object]] = []
    monkeypatch.setattr(store_setup, "lay_down", lambda client, _: reached.append(client.admin.command("hello")))
    for _ in range(2):
        first = next(member for member in members if not reached or member != reached[0]["primary"])
        url = f"mongodb://__system:{KEY}@{first}/?directConnection=true&authSource=local"
        store_setup.set_up(url, passwords, members)
    assert [hello["isWritablePrimary"] for hello in reached] == [True, True]
    assert sorted(reached[0]["hosts"]) == sorted(members)  # type: ignore[call-overload]
