"""What runbooks tell people to type is what works: every command is run, or its names are looked up."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from shared.analytics.tables import table
from shared.contracts.catalogue import EVENTS
from shared.eventlog.mongo import connect
from shared.kernel.events import Event
from shared.kernel.ids import new_id
from shared.runtime.accounts import ADMIN
from shared.runtime.local.instance import PROJECT, Instance
from shared.runtime.local.ports import free_ports
from shared.runtime.local.supervisor import down
from tests.operations.runbooks import FOLDER, Block, Shell, blocks
from tests.support.system import System
from tests.support.world import served, until

SERVICE = "programs"
RUNBOOKS = {
    *("broker-lost", "store-lost", "stuck-consumer", "parked-events", "erase-a-person", "rotate-keys"),
    *("restore-a-backup", "rebuild-a-view", "scale-out", "upgrade"),
}
_BEFORE_AND_AFTER = ("**You notice**", "**It means**", "**Do**", "**It is over**")


def park(instance: Instance) -> str:
    """Something parked that changes nothing when it is applied: the id of the event."""
    known = table(SERVICE)
    name = next(n for n in EVENTS if n.startswith("matching.") and n not in known.views and n not in known.reactions)
    place = ("matching", 0, 1, 0, 1, f"roster-{new_id()}", 1)
    event = Event(new_id(), name.partition(".")[2], 1, {}, *place, "2026-03-01T10:00:00.000Z", "ada", "c", None)
    envelope = {"envelope": event.envelope(), "why": "KeyError", "parked_at": event.recorded_at}
    parked = {"source": event.service, "partition": 0, "stream": event.stream, "position": 1, "index": 0, **envelope}
    with connect(instance.store_url(ADMIN)) as client:
        client[SERVICE]["parked"].insert_one({"_id": event.id, **parked})
    return event.id


@pytest.fixture(scope="module")
def program(system: System) -> str:
    """The address of something that a restored system must have."""
    head = {"Authorization": f"Bearer {system.token('ada', {'g-runbooks': 'admin'})}"}
    body = {"template_id": "skill-development", "title": "Soap"}
    address = f"{system.base_url}/v1/groups/g-runbooks/programs"
    made = until(lambda: httpx.post(address, json=body, headers=head, timeout=20), served)
    return f"/v1/programs/{made.json()['program_id']}"


@pytest.fixture(scope="module")
def backups(system: System, program: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test puts backups, and the second one takes them from."""
    del system, program
    return tmp_path_factory.mktemp("backups")


def variables(system: System, data: Path, url: str, backups: Path) -> dict[str, str]:
    token = system.token(f"erased-{new_id()[:8]}", {"g-runbooks": "member"})
    names = {"DATA": str(data), "URL": url, "BACKUPS": str(backups), "SERVICE": SERVICE, "USER": "ada", "TOKEN": token}
    return {**system.environment, **names}


def test_commands_do_what_runbooks_say_on_a_running_system(system: System, backups: Path, tmp_path: Path) -> None:
    """Each succeeds while others use the system."""
    shell = Shell(tmp_path, variables(system, system.data, system.base_url, backups), 1)
    shell.environment["EVENT"] = park(system.instance)
    parked_first = sorted(blocks(), key=lambda block: block.runbook != "parked-events")
    shell.run(block for block in parked_first if not block.destructive and not block.elsewhere)


@pytest.fixture
def spare(system: System, backups: Path, tmp_path: Path) -> Iterator[Shell]:
    """A machine that has nothing but the secrets, and a store that was lost."""
    data, [port] = tmp_path / "spare", free_ports(1)
    (data / "store").mkdir(parents=True)
    shutil.copytree(system.data / "secrets", data / "secrets")
    shell = Shell(tmp_path, variables(system, data, f"http://127.0.0.1:{port}", backups), port)
    yield shell
    instance = Instance(data, system.environment)
    broker = instance.broker()
    down(instance)
    if broker:
        broker.remove()


def test_what_is_lost_comes_back_as_runbooks_say(system: System, backups: Path, spare: Shell, program: str) -> None:
    """On a private instance: a backup of the system is restored and serves; its broker is lost; something is given up,

    somebody is erased, a view is switched.
    """
    assert (backups / "logs").exists(), "the backup is made by the test above"
    destructive = {block.runbook: block for block in blocks() if block.destructive}
    url = spare.environment["URL"]
    spare.run([destructive.pop("restore-a-backup")])
    head = {"Authorization": f"Bearer {system.token('ada', {'g-runbooks': 'admin'})}"}

    def title() -> str:
        """As soon as the system, which has only just come back, has the time for it."""
        answer = until(lambda: httpx.get(url + program, headers=head, timeout=20), served)
        return str(answer.json()["title"])

    assert title() == "Soap"
    spare.environment["EVENT"] = park(Instance(Path(spare.environment["DATA"]), system.environment))
    spare.run(block for name, block in destructive.items() if name != "broker-lost")
    spare.forget()
    spare.run([destructive["broker-lost"]])
    assert title() == "Soap"


def test_every_runbook_is_there_and_fits_a_screen() -> None:
    """How it is noticed, what it means, what to do, when it is over; and a list of all of them."""
    assert {path.stem for path in FOLDER.glob("*.md")} == RUNBOOKS | {"README"}
    listed = (FOLDER / "README.md").read_text()
    for name in RUNBOOKS:
        text = (FOLDER / f"{name}.md").read_text()
        assert [text.count(part) for part in _BEFORE_AND_AFTER] == [1] * 4, name
        assert len(text.splitlines()) <= 50, name
        assert f"({name}.md)" in listed


def test_names_in_commands_for_other_installations_are_in_the_manifests() -> None:
    """What `kubectl` and `docker` are told to act on exists; alerts that runbooks name are alerts."""
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    kinds = {
        f"{document['kind']}/{document['metadata']['name']}".lower()
        for path in (PROJECT / "deploy" / "k8s").rglob("*.yaml")
        for document in yaml.safe_load_all(path.read_text())
        if isinstance(document, dict) and "name" in document.get("metadata", {})
    }
    for command in elsewhere(blocks()):
        if command.startswith("kubectl"):
            named = re.findall(r"\b(?:deployment|statefulset|job|cronjob|rabbitmqcluster)/[a-z-]+", command)
            assert set(named) <= kinds, command
            folders = re.findall(r"deploy/k8s/\S+", command)
            assert named or folders, command
            assert all((PROJECT / folder / "kustomization.yaml").is_file() for folder in folders), command
        else:
            assert command.split()[-1] in compose, command
    known = set(re.findall(r"alert: (\w+)", (PROJECT / "deploy" / "observability" / "rules.yml").read_text()))
    for path in FOLDER.glob("*.md"):
        notice = path.read_text().partition("**It means**")[0].partition("**You notice**")[2]
        assert set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", notice)) <= known, path.name


def elsewhere(found: list[Block]) -> list[str]:
    return [command for block in found if block.elsewhere for command in block.commands]
