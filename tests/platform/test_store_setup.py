"""How an installation makes its store ready."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from shared.eventlog.mongo import connect
from shared.runtime import store_setup
from shared.runtime.accounts import ADMIN, USERS
from shared.runtime.faults import Fault
from shared.runtime.local.store import LocalStore

STRONG = {user: f"password of {user}" for user in (ADMIN, *USERS)}


@pytest.mark.parametrize(
    ("passwords", "said"),
    [
        ({**STRONG, "programs": "programs"}, "12 characters"),
        ({**STRONG, "programs": STRONG["matching"]}, "a password of its own"),
        ({user: word for user, word in STRONG.items() if user != "programs_keys"}, "no password for programs_keys"),
        ({}, "no password for admin"),
    ],
)
def test_weak_shared_or_missing_passwords_stop_the_setup(passwords: dict[str, str], said: str) -> None:
    """SE-23: nothing is made before every account has a password of its own; no password is shown."""
    with pytest.raises(Fault, match=said) as caught:
        store_setup.set_up("mongodb://127.0.0.1:1/", passwords)
    assert not any(word in str(caught.value) for word in passwords.values())


@pytest.mark.real
def test_the_command_of_an_installation(
    guarded: LocalStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """BR-05: with the key of the replica set and a file of passwords, as compose has them, every account is made."""
    url, passwords = tmp_path / "url", tmp_path / "passwords.json"
    key = quote((guarded.folder / "key").read_text(), "")
    url.write_text(f"mongodb://__system:{key}@127.0.0.1:{guarded.port}/?directConnection=true&authSource=local\n")
    passwords.write_text(json.dumps({user: guarded._passwords[user] for user in (ADMIN, *USERS)}))
    for _ in range(2):
        assert store_setup.main([str(url), str(passwords), f"127.0.0.1:{guarded.port}"]) == 0
    assert capsys.readouterr().out == "The store is ready.\n" * 2
    with connect(guarded.url_for(ADMIN)) as admin:
        assert {user["user"] for user in admin.admin.command("usersInfo", 1)["users"]} == {ADMIN, *USERS}


def test_a_command_without_its_files_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, no traceback."""
    (tmp_path / "one").write_text("no json")
    for arguments in ([], [str(tmp_path / "one")] * 2, [str(tmp_path / "none")] * 2):
        assert store_setup.main(arguments) == 1
        assert capsys.readouterr().err.count("\n") == 1
