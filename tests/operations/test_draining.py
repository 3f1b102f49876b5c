"""SIGTERM to one of two instances of a service: it finishes what it has, takes nothing new, and nobody notices."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Self

import httpx

from shared.demo.client import eventually
from shared.kernel.ids import new_id
from shared.runtime.local.instance import python
from shared.runtime.local.processes import Child
from tests.support.system import System, knows_no_standing
from tests.support.world import until


@contextmanager
def another(system: System, service: str) -> Iterator[Child]:
    """A further instance of a service beside the one that is there."""
    log = system.instance.logs / f"{service}-second.log"
    log.write_text("")
    environment = system.instance.environment_for((service,), 1, "smtp://127.0.0.1:1")
    child = Child.spawn(service, python("shared.runtime.serve", service), env=environment, log=log, tie=signal.SIGKILL)
    try:
        eventually(lambda: "service started" in log.read_text(), "the second instance has started", 60)
        yield child
    finally:
        child.end(0)


class Load:
    """Two people of one group who make programs and read them, all the while; `failed` has what was answered else."""

    def __init__(self, system: System) -> None:
        self.failed: list[str] = []
        self.made: list[str] = []
        self._over = threading.Event()
        self._base, self._group = system.base_url, f"g-{new_id()[:8]}"
        self.token = system.token("ada", {self._group: "admin"})
        self._threads = [threading.Thread(target=self._ask) for _ in range(2)]

    def _ask(self) -> None:
        head = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self._base, timeout=20, headers=head) as client:
            while not self._over.is_set():
                body = {"template_id": "skill-development", "title": "Soap"}
                answer = client.post(f"/v1/groups/{self._group}/programs", json=body)
                if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                    time.sleep(0.5)
                elif answer.is_error:
                    self.failed += [] if knows_no_standing(client, answer) else [answer.text]
                else:
                    self.made.append(answer.json()["program_id"])
                    self._read(client, f"/v1/programs/{self.made[-1]}", {"X-Log-Position": position(answer)})

    def _read(self, client: httpx.Client, address: str, at: dict[str, str]) -> None:
        """What is not yet readable is asked for again, as the answer says."""
        seen = until(lambda: client.get(address, headers=at), lambda answer: "view-behind" not in answer.text)
        self.failed += [seen.text] if seen.is_error else []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def position(answer: httpx.Response) -> str:
    return str(answer.headers["x-log-position"])


def test_nobody_notices_that_an_instance_is_drained(system: System, record_property: Any) -> None:
    """Under load no answer is a 5xx, everything acknowledged is there once, and the process ends by itself; how soon

    is reported and not gated.
    """
    with another(system, "programs") as child, Load(system) as load:
        eventually(lambda: len(load.made) >= 5, "both are at work")
        started = time.monotonic()
        child.signal(signal.SIGTERM)
        eventually(lambda: not child.alive(), "it has ended", 60)
        record_property("seconds_to_the_end", time.monotonic() - started)
        done = len(load.made)
        eventually(lambda: len(load.made) >= done + 5, "the other one goes on")
    assert child.exit_status == 0
    assert load.failed == []
    assert len(set(load.made)) == len(load.made)
