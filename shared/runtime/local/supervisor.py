"""Starts an instance, keeps its parts running, and ends them all. What it started is on record before it is needed."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Any

from shared.runtime import broker_setup
from shared.runtime.faults import Fault
from shared.runtime.local import health, records
from shared.runtime.local.diagnosis import check_store
from shared.runtime.local.instance import Instance
from shared.runtime.local.part import Part
from shared.runtime.local.ports import free_ports, is_free, promise
from shared.runtime.local.processes import Child, itself
from shared.runtime.local.programs import Kept, Program, programs

MakePrograms = Callable[[int, int | None], list[Program]]
"""Given the gateway's port and the mail catcher's (None where mail goes outside)."""

_PATIENCE = 90.0
_GRACE = 6.0  # for the programs; the servers have as much again, so that all is over within 15 s
_TICK = 0.1
_PAUSE = 2.0
_ENDS_BEFORE_READY = 3


class Supervisor:
    """One run of an instance; `stop` may be set from a signal handler at any moment."""

    def __init__(self, instance: Instance, port: int, make: MakePrograms, say: Callable[[str], None]) -> None:
        self._instance = instance
        self._port = port
        promise(port)
        self._make = make
        self._say = say
        self._parts: list[Part] = [part for part in (instance.broker(), instance.store()) if part]
        self._kept: list[Kept] = []
        self.stop = threading.Event()

    def run(self) -> None:
        """Start everything, serve until `stop` is set, end everything. Raises Fault, OSError."""
        with self._instance.lock():
            clean_up(self._instance, self._parts)
            if not is_free(self._port):
                raise Fault(f"Port {self._port} is taken by another program: choose a free one (--port, demo: PORT=…).")
            self._record(ready=False)
            try:
                self._start()
                while not self.stop.wait(_TICK):
                    self._look()
            finally:
                self._end()

    def _start(self) -> None:
        self._bring_up(self._parts)
        if self.stop.is_set():
            return
        if self._instance.environment.get("MONGO_URL"):
            check_store(self._instance.store_url("programs"))
        if url := self._instance.environment.get("AMQP_URL"):
            broker_setup.lay_down(url, self._instance.partitions())
        smtp_port = None if self._instance.environment.get("SMTP_URL") else free_ports(1)[0]
        logs = self._instance.logs
        self._kept = [Kept(program, logs / f"{program.name}.log") for program in self._make(self._port, smtp_port)]
        self._wait_until_ready()
        if not self.stop.is_set():
            self._record(ready=True)
            self._say(f"Mentorship is running at {address(self._port)} (try {address(self._port)}/docs).")

    def _bring_up(self, parts: Sequence[Part]) -> None:
        """Start servers side by side; gives up at once when asked to stop. Raises Fault, OSError."""
        with ThreadPoolExecutor() as threads:
            starting = [threads.submit(part.start) for part in parts]
            while wait(starting, _TICK).not_done:
                if self.stop.is_set():
                    _together([part.kill for part in parts])  # their starters notice, and give up
        for each in starting:
            if not self.stop.is_set():
                each.result()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not self.stop.wait(_TICK):
            self._look()
            for kept in self._kept:
                if kept.ends >= _ENDS_BEFORE_READY:
                    raise Fault(f"{kept.program.name} does not start: {kept.last_words()} (more in {kept.log}).")
            if all(kept.steady() for kept in self._kept) and health.ready(self._port):
                return
            if time.monotonic() > deadline:
                raise Fault(f"The gateway was not ready after {_PATIENCE:.0f} s: see {self._instance.logs}.")

    def _look(self) -> None:
        """Start again what has ended by itself."""
        if ended := [part for part in self._parts if not part.alive()]:
            self._say(f"{' and '.join(part.title for part in ended)} has stopped and is started again.")
            try:
                self._bring_up(ended)
            except (Fault, OSError) as error:
                self._say(str(error))
                self.stop.wait(_PAUSE)
        for kept in self._kept:
            if kept.look():
                self._record()

    def _end(self) -> None:
        _together([partial(kept.end, _GRACE) for kept in self._kept])
        _together([part.stop for part in self._parts])
        self._kept = []
        self._record(ready=False, ended=True)

    def _record(self, **more: Any) -> None:
        known = {} if "ready" in more and not more["ready"] else records.read(self._instance.state_file)
        records.write(
            self._instance.state_file,
            known
            | {
                "port": self._port,
                "supervisor": itself("supervisor").record(),
                "programs": [kept.child.record() for kept in self._kept if kept.child],
                "names": [kept.program.name for kept in self._kept],
                "outside_issuer": bool(self._instance.environment.get("OIDC_ISSUER")),
            }
            | more,
        )


def address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def up(instance: Instance, port: int, *, one_process: bool) -> None:
    """Run the whole system in the foreground until SIGTERM or Ctrl-C. Raises Fault, OSError."""
    instance.prepare()

    def make(port: int, smtp_port: int | None) -> list[Program]:
        return programs(instance, port, smtp_port, one_process=one_process)

    supervise(Supervisor(instance, port, make, say))


def supervise(supervisor: Supervisor) -> None:
    """Run until a signal; a second signal changes nothing, the end is already on its way."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means to stay
            signal.signal(number, lambda *_: supervisor.stop.set())
    supervisor.run()


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def clean_up(instance: Instance, parts: Sequence[Part]) -> None:
    """End what a killed supervisor of this folder left: only processes that are surely its own."""
    recorded = records.read(instance.state_file).get("programs", [])
    left = [child for each in recorded if (child := Child.recall(each))]
    _together([partial(child.end, 0) for child in left])
    _together([part.clean_up for part in parts])


def down(instance: Instance, patience: float = 20.0) -> bool:
    """End a running instance, or what is left of one. True where something ran. Raises Fault, OSError."""
    if not instance.folder.exists():
        return False
    record = records.read(instance.state_file).get("supervisor")
    supervisor = Child.recall(record) if record else None
    ran = supervisor is not None and supervisor.pid != os.getpid() and supervisor.alive()
    if supervisor is not None and ran:
        supervisor.signal(signal.SIGTERM)
        deadline = time.monotonic() + patience
        while supervisor.alive() and time.monotonic() < deadline:
            time.sleep(_TICK)
        if supervisor.alive():
            supervisor.signal(signal.SIGKILL)
            time.sleep(1.0)  # until the system has given its lock back
    with instance.lock():
        clean_up(instance, [part for part in (instance.broker(), instance.store()) if part])
    return ran


def _together(tasks: Sequence[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(max_workers=max(1, len(tasks))) as threads:
        for done in [threads.submit(task) for task in tasks]:
            done.result()
