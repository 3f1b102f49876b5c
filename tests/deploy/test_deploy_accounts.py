"""The accounts of broker and store: one source for this machine, for tests and for an installation."""

from __future__ import annotations

import json
import re

import pytest

from deploy import make_secrets, write_accounts
from shared.bus import topology
from shared.contracts.catalogue import SERVICES
from shared.runtime.local.instance import Instance
from tests.deploy.test_deploy_compose import ANSWERS

PARTITIONS = 2
DEFINED = topology.definitions(dict.fromkeys((*topology.USERS, topology.TOPOLOGY_USER), "x"), PARTITIONS)
_NO_SUCH_NAMES = ("spy", "", "amq.default", "amq.topic", "amq.gen-1")


def rights(user: str) -> dict[str, re.Pattern[str]]:
    [found] = [one for one in DEFINED["permissions"] if one["user"] == user]
    return {action: re.compile(found[action]) for action in ("configure", "write", "read")}


def without_salt(definitions: dict[str, object]) -> dict[str, object]:
    """Passwords are salted anew each time."""
    users = [{**user, "password_hash": ""} for user in definitions["users"]]  # type: ignore[attr-defined]
    return {**definitions, "users": users}


def test_the_file_of_accounts_is_up_to_date() -> None:
    """BR-01, BR-05: what `deploy/accounts.json` shows is what is laid down (`python -m deploy.write_accounts`)."""
    assert write_accounts.FILE.read_text() == write_accounts.text()


def test_an_installation_and_this_machine_have_the_same_broker(tmp_path) -> None:
    """BR-01: the definitions that `make_secrets` writes are those that `mentorship up` loads."""
    make_secrets.make(tmp_path / "secrets", ANSWERS, "smtps://ada:correct-horse@mail.example.org", PARTITIONS)
    deployed = json.loads((tmp_path / "secrets/broker_definitions.json").read_text())
    instance = Instance(tmp_path / "instance", {"LOG_PARTITIONS": str(PARTITIONS)})
    instance.prepare()
    broker = instance.broker()
    assert broker is not None
    assert without_salt(json.loads(json.dumps(broker._definitions))) == without_salt(deployed)
    assert without_salt(deployed) == json.loads(json.dumps(without_salt(DEFINED)))


def test_only_the_topology_user_has_a_tag() -> None:
    """BR-01: no service may manage or look at the broker; there is no guest."""
    assert {user["name"]: user["tags"] for user in DEFINED["users"] if user["tags"]} == {
        topology.TOPOLOGY_USER: ["administrator"]
    }
    assert "guest" not in {user["name"] for user in DEFINED["users"]}
    assert [vhost["name"] for vhost in DEFINED["vhosts"]] == [topology.VHOST]


@pytest.mark.parametrize("user", topology.USERS)
def test_rights_cover_the_own_and_nothing_else(user) -> None:
    """BR-01: nothing that the definitions lay down can be configured by a service; only the own can be read."""
    may = rights(user)
    laid = [*topology.exchanges(), *(queue.name for queue in topology.queues(PARTITIONS))]
    others = [name for name in topology.USERS if name != user]
    foreign = [*_NO_SUCH_NAMES, *(f"rpc-{other}" for other in others), *(f"rpc.reply-{other}-1" for other in others)]
    assert [name for name in (*laid, *foreign) if may["configure"].search(name)] == []
    shared = {topology.EVENTS, topology.BATCHES, topology.RPC}
    assert {name for name in (*laid, *foreign) if may["write"].search(name)} == shared
    read = {name for name in (*laid, *foreign) if may["read"].search(name)}
    assert all(name == topology.RPC or name.startswith(f"{user}.") for name in read - {topology.EVENTS})
    assert (topology.EVENTS in read) == (user == "gateway")


@pytest.mark.parametrize("user", topology.USERS)
def test_a_service_publishes_under_its_own_name(user) -> None:
    """BR-01: the topics of events begin with the name of the account, whole."""
    topics = topology.topic_permissions(user)
    keys = [f"{other}.ProgramClosed.0" for other in (*topology.USERS, f"{user}x", f"x{user}", "")]
    for exchange in (topology.EVENTS, topology.BATCHES):
        pattern = re.compile(topics[exchange]["write"])
        assert [key for key in keys if pattern.search(key)] == [f"{user}.ProgramClosed.0"]
    hears = re.compile(topics[topology.RPC]["read"])
    assert not any(hears.search(key) for key in ("#", "*.*", *(f"{other}.*" for other in SERVICES if other != user)))
