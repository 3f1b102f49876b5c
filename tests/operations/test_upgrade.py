"""A release replaces another, service by service, under load: nothing is refused, lost, or parked for good."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self

import httpx
import pytest

from shared.analytics.source import opened
from shared.contracts.catalogue import SERVICES
from shared.demo.client import eventually
from shared.kernel.ids import new_id
from shared.runtime.accounts import ADMIN
from shared.runtime.local.instance import PROJECT, Instance, python
from shared.runtime.local.ports import free_ports
from shared.runtime.local.processes import Child
from tests.support.servers import tied
from tests.support.system import System, environment, knows_no_standing

OLD, NEW = "shared.runtime.serve", "tests.operations.next_release"
GATEWAY = "services.gateway"
SETTLES_WITHIN = 60.0


class Installation:
    """An instance whose processes are started and ended one by one, with nobody to start them again."""

    def __init__(self, folder: Path) -> None:
        [self.port] = free_ports(1)
        self.instance = Instance(folder, environment(SMTP_URL="smtp://127.0.0.1:1"))
        self.instance.prepare()
        self.system = System(f"http://127.0.0.1:{self.port}", folder, self.instance.environment)
        self.running: dict[str, Child] = {}
        parts = [part for part in (self.instance.broker(), self.instance.store()) if part]
        self._servers = [tied(part) for part in parts]
        for server in self._servers:
            server.start()

    def start(self, release: str, service: str) -> str:
        """The name of the new process."""
        name = f"{release.rpartition('.')[2]}-{service}-{self.port}"
        settings = self.instance.environment_for((service,), self.port, "smtp://127.0.0.1:1")
        log = self.instance.logs / f"{name}.log"
        command = python(release, *((service,) if release != GATEWAY else ()))
        self.running[name] = Child.spawn(name, command, env=settings, log=log, cwd=PROJECT, tie=signal.SIGKILL)
        return name

    def replace(self, service: str) -> None:
        """The new one beside the old one, then the old one drained."""
        log = self.instance.logs / f"{self.start(NEW, service)}.log"
        eventually(lambda: "service started" in log.read_text(), f"the new {service} is there", SETTLES_WITHIN)
        assert self._drained(f"serve-{service}-{self.port}") == 0

    def replace_gateway(self, load: Load) -> None:
        """A gateway at another port, to which whoever stands before it sends what comes from then on."""
        old = f"gateway-gateway-{self.port}"
        [self.port] = free_ports(1)
        self.system = replace(self.system, base_url=f"http://127.0.0.1:{self.port}")
        self.start(GATEWAY, "gateway")
        eventually(self.ready, "the new gateway is there", SETTLES_WITHIN)
        load.goes_to(self.system)
        assert self._drained(old) == -signal.SIGTERM  # uvicorn ends so once it has drained

    def _drained(self, name: str) -> int | None:
        """The exit status of a process that was asked to end."""
        old = self.running.pop(name)
        old.signal(signal.SIGTERM)
        eventually(lambda: not old.alive(), f"{name} has ended", SETTLES_WITHIN)
        return old.exit_status

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.system.base_url}/health/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def end(self) -> None:
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda child: child.end(0), self.running.values()))
        for server in self._servers:
            server.kill()
            server.remove()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    if environment().keys() & {"AMQP_URL", "MONGO_URL"}:
        pytest.skip("outside servers may hold other releases' events")
    made = Installation(tmp_path / "installation")
    for service in SERVICES:
        made.start(OLD, service)
    made.start(GATEWAY, "gateway")
    eventually(made.ready, "everything is up", 2 * SETTLES_WITHIN)
    yield made
    made.end()


class Load:
    """Somebody opens programs, one after the other."""

    def __init__(self, system: System) -> None:
        group = f"g-{new_id()[:8]}"
        head = {"Authorization": f"Bearer {system.token('ada', {group: 'admin'})}"}
        self._head = head
        self._clients = ExitStack()
        self.client = self._client(system)
        self.opened: list[str] = []
        self.refused: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, args=(f"/v1/groups/{group}/programs",))

    def _go_on(self, address: str) -> None:
        while not self._over.wait(0.1):
            client = self.client
            made = client.post(address, json={"template_id": "skill-development", "title": "Soap"})
            program = made.json().get("program_id")
            answers = [made, client.post(f"/v1/programs/{program}/open")] if program else [made]
            errors = [answer for answer in answers if answer.is_error]
            self.refused += [answer.text for answer in errors if not knows_no_standing(client, answer)]
            if program and answers[-1].is_success:
                self.opened.append(program)

    def _client(self, system: System) -> httpx.Client:
        client = httpx.Client(base_url=system.base_url, timeout=20, headers=self._head)
        return self._clients.enter_context(client)

    def goes_to(self, system: System) -> None:
        self.client = self._client(system)
        self.goes_on()

    def goes_on(self) -> None:
        before = len(self.opened)
        eventually(lambda: len(self.opened) >= before + 3, "programs are opened", SETTLES_WITHIN)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._clients.close()


def test_all_are_replaced_one_by_one(installation: Installation) -> None:
    """Five services and the gateway. While the producer is new and consumers are old, events of version 2 wait;

    afterwards every program that was opened takes sign-ups, both versions are in the log, and nothing is parked.
    """
    with Load(installation.system) as load:
        load.goes_on()
        installation.replace("programs")
        load.goes_on()
        eventually(lambda: parked(installation.instance), "an old release leaves alone what it does not know")
        for service in SERVICES[1:]:
            installation.replace(service)
            load.goes_on()
        installation.replace_gateway(load)
    assert load.refused == []
    eventually(lambda: not parked(installation.instance), "the new release has taken it up", SETTLES_WITHIN)
    eventually(lambda: set(load.opened) <= rosters(installation.instance), "all of them take sign-ups")
    assert versions(installation.instance) == {1, 2}


def parked(instance: Instance) -> list[str]:
    with opened(instance.store_url(ADMIN), "matching") as source:
        return [found["why"] for service in SERVICES for found in source.client[service]["parked"].find()]


def rosters(instance: Instance) -> set[str]:
    with opened(instance.store_url(ADMIN), "matching") as source:
        return {event.data["program_id"] for event in events(source, "matching", "RosterOpened")}


def versions(instance: Instance) -> set[int]:
    with opened(instance.store_url(ADMIN), "programs") as source:
        return {event.version for event in events(source, "programs", "ProgramOpened")}


def events(source: object, service: str, kind: str) -> Sequence[object]:
    log = source.logs[service]  # type: ignore[attr-defined]
    commits = [commit for partition in range(log.partitions) for commit in log.replay(partition)]
    return [event for commit in commits for event in commit.events if event.type == kind]
