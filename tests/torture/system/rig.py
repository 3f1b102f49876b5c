"""The whole system in a private folder, every part of which can be killed, hung, cut off and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from shared.contracts.catalogue import SERVICES, SOURCES
from shared.eventlog.mongo import connect
from shared.runtime.accounts import keys_user
from shared.runtime.local import health
from shared.runtime.local.instance import PROJECT, Instance, python
from shared.runtime.local.ports import free_ports
from shared.runtime.local.processes import Child
from shared.runtime.local.programs import Program, programs
from tests.support.system import System, environment

_TICK = 0.1
_PATIENCE = 90.0


class Store(Protocol):
    """The private store: one mongod, or a replica set of three."""

    title: str

    def start(self) -> None: ...
    def form(self) -> None: ...
    def stop(self) -> None: ...
    def kill_primary(self) -> None: ...
    def bring_back(self) -> None: ...
    def step_down(self) -> None: ...
    def hang(self, number: signal.Signals) -> None: ...
    def url(self) -> str: ...
    def url_for(self, user: str) -> str: ...
    def links(self) -> dict[str, list[int]]: ...


class Rig:
    """`start`, break it, `stop`. Nothing that it started outlives this process, even when that is killed."""

    def __init__(self, folder: Path, store: Any) -> None:
        [self.port] = free_ports(1)
        self.instance = Instance(folder, environment(RATE_PER_PERSON="0", RATE_PER_ADDRESS="0", LOG_LEVEL="INFO"))
        self.system = System(f"http://127.0.0.1:{self.port}", folder, self.instance.environment)
        self.instance.prepare()
        broker = self.instance.broker()
        assert broker is not None
        self.broker = broker
        self.store: Store = store(self.instance)
        self.children: dict[str, Child] = {}
        self.starts = 0
        self._programs: dict[str, Program] = {}
        self._links: dict[str, list[int]] = {}
        self._proxy: subprocess.Popen[str] | None = None
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Broker and store, the proxy between them and the services, the services and the gateway."""
        self.broker.tie = signal.SIGKILL
        self.broker.start()
        self.store.start()
        [smtp, *ports] = free_ports(1 + len(SOURCES))
        self._links = {f"{s}/broker": [p, self.broker.port] for s, p in zip(SOURCES, ports, strict=True)}
        self._links |= self.store.links()
        self._start_proxy()
        self.store.form()
        found = programs(self._as_known(), self.port, smtp, one_process=False)
        self._programs = {program.name: self._through_the_proxy(program) for program in found}
        self._keeper.start()
        self.wait_until_ready(_PATIENCE)

    def _as_known(self) -> Instance:
        """The instance with the store named, so that nobody looks for one that is not of its making."""
        return Instance(self.instance.folder, self.instance.environment | {"MONGO_URL": self.store.url()})

    def _start_proxy(self) -> None:
        self._proxy = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.system.proxy", json.dumps(self._links)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT, bufsize=1,
        )  # fmt: skip
        assert self._proxy.stdout is not None
        assert self._proxy.stdout.readline() == "ready\n"

    def _through_the_proxy(self, program: Program) -> Program:
        name, env = program.name, dict(program.environment)
        if name not in SOURCES:
            return program
        url = env[f"{name.upper()}_AMQP_URL"]
        env[f"{name.upper()}_AMQP_URL"] = url.replace(
            f":{urlsplit(url).port}/", f":{self._links[f'{name}/broker'][0]}/"
        )
        env[f"{name.upper()}_MONGO_URL"] = self.store.url_for(name)
        env[f"{name.upper()}_KEYS_MONGO_URL"] = self.store.url_for(keys_user(name) if name in SERVICES else name)
        command = python("tests.torture.system.serve", name) if name in SERVICES else program.command
        return replace(program, command=command, environment=env)

    def _keep(self) -> None:
        """Start what has ended, from one thread that lives as long as all this: children are tied to it."""
        while not self._stopping.wait(_TICK):
            for name, program in self._programs.items():
                child = self.children.get(name)
                if child is None or not child.alive():
                    log = self.instance.logs / f"{name}.log"
                    self.starts += 1
                    self.children[name] = Child.spawn(
                        name, program.command, env=program.environment, log=log, cwd=PROJECT, tie=signal.SIGKILL
                    )

    def signal(self, name: str, number: signal.Signals) -> None:
        """To a service, the gateway or the mail catcher; whoever ends by it is started again."""
        self.children[name].signal(number)

    def link(self, name: str, mode: str) -> None:
        """See `proxy`."""
        assert self._proxy is not None
        assert self._proxy.stdin is not None
        self._proxy.stdin.write(json.dumps([name, mode]) + "\n")

    @property
    def links(self) -> list[str]:
        return list(self._links)

    def ready(self) -> bool:
        """Whether gateway, services and broker all answer."""
        return health.ready(self.port)

    def wait_until_ready(self, patience: float) -> bool:
        deadline = time.monotonic() + patience
        while not self.ready():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def resources(self) -> dict[str, float]:
        """Connections and channels at the broker, files and MB of every process."""
        found = {"connections": _lines(self.broker.ctl("list_connections", "pid"))}
        found["channels"] = _lines(self.broker.ctl("list_channels", "pid"))
        page = os.sysconf("SC_PAGE_SIZE")
        for name, child in self.children.items():
            place = Path(f"/proc/{child.pid}")
            found[f"files {name}"] = float(len(list((place / "fd").iterdir())))
            found[f"memory {name}"] = int((place / "statm").read_text().split()[1]) * page / 1e6
        return found

    def queues(self) -> dict[str, int]:
        lines = self.broker.ctl("list_queues", "-p", "mentorship", "name", "messages").splitlines()
        rows = (line.split("\t") for line in lines)
        return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}

    def store_version(self) -> str:
        with connect(self.store.url()) as client:
            return str(client.server_info()["version"])

    def stop(self) -> None:
        self._stopping.set()
        if self._keeper.is_alive():
            self._keeper.join()
        for child in self.children.values():
            child.end(0)
        if self._proxy:
            self._proxy.kill()
            self._proxy.wait()
        self.broker.kill()
        self.store.stop()
        self.broker.remove()


def _lines(text: str) -> float:
    return float(len([line for line in text.splitlines() if line.startswith("<")]))
