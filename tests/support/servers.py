"""Where tests get their broker and store: from the environment, from Docker where an engine answers, else private."""

from __future__ import annotations

import json
import os
import secrets
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import pytest
from pymongo import MongoClient

from shared.runtime import accounts
from shared.runtime.local.broker import LocalBroker, greets
from shared.runtime.local.part import Part
from shared.runtime.local.ports import free_ports
from shared.runtime.local.store import LocalStore, is_primary

P = TypeVar("P", bound=Part)


class Server(Protocol):
    """A server that a test may stop, kill and start again with the data it had."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def restart(self) -> None: ...


class Broker(Server, Protocol):
    def url(self, user: str, password: str, vhost: str) -> str: ...


class Store(Server, Protocol):
    @property
    def url(self) -> str: ...


def docker_answers() -> bool:
    """A quick look, so that machines without an engine lose no time."""
    if not os.environ.get("DOCKER_HOST") and not Path("/var/run/docker.sock").exists():
        return False
    import docker  # type: ignore[import-untyped]

    try:
        client = docker.from_env(timeout=2)
    except Exception:
        return False
    try:
        return bool(client.ping())
    except Exception:
        return False
    finally:
        client.close()


class _Outside:
    """A server that is not the tests' own: used, never stopped."""

    def start(self) -> None:
        pytest.skip("needs a server that it may stop: run without AMQP_URL and MONGO_URL")

    stop = kill = restart = start


class OutsideBroker(_Outside):
    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, user: str, password: str, vhost: str) -> str:
        """The given account stands for every user."""
        del user, password, vhost
        return self._url


class OutsideStore(_Outside):
    def __init__(self, url: str) -> None:
        self.url = url


class _Container:
    """A container on a loopback port that stays the same when it is started again."""

    def __init__(self, image: str, inner_port: int | None) -> None:
        from testcontainers.core.container import DockerContainer

        [self.port] = free_ports(1)
        on_loopback: Any = ("127.0.0.1", self.port)  # understood, though not typed
        self._made = DockerContainer(image).with_bind_ports(inner_port or self.port, on_loopback)
        self._running: Any = None

    def start(self) -> None:
        if self._running is None:
            self._made.start()
            self._running = self._made.get_wrapped_container()
        else:
            self._running.start()
        deadline = time.monotonic() + 60
        while not self.ready():
            assert time.monotonic() < deadline, "the container was not ready after 60 s"
            time.sleep(0.1)

    def ready(self) -> bool:
        raise NotImplementedError

    def stop(self) -> None:
        self._running.stop(timeout=10)

    def kill(self) -> None:
        self._running.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        self._made.stop()


class DockerBroker(_Container):
    def __init__(self, definitions: dict[str, Any]) -> None:
        super().__init__("rabbitmq:4", 5672)
        self._files = tempfile.TemporaryDirectory()
        folder = Path(self._files.name)
        folder.chmod(0o755)
        (folder / "definitions.json").write_text(json.dumps(definitions))
        (folder / "rabbitmq.conf").write_text("load_definitions = /mentorship/definitions.json\n")
        self._made.with_volume_mapping(str(folder), "/mentorship", "ro")
        self._made.with_volume_mapping(str(folder / "rabbitmq.conf"), "/etc/rabbitmq/conf.d/20-mentorship.conf", "ro")

    def ready(self) -> bool:
        return greets(self.port)

    def url(self, user: str, password: str, vhost: str) -> str:
        return f"amqp://{quote(user, '')}:{quote(password, '')}@127.0.0.1:{self.port}/{quote(vhost, '')}"

    def remove(self) -> None:
        super().remove()
        self._files.cleanup()


class DockerStore(_Container):
    """Listens on the same port inside and outside, so that the member's name in the replica set is right for both."""

    def __init__(self) -> None:
        super().__init__("mongo:8", None)
        self._made.with_command(
            f"--replSet rs0 --bind_ip_all --port {self.port} --setParameter transactionLifetimeLimitSeconds=10"
        )

    def ready(self) -> bool:
        return is_primary(self.port)

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet=rs0"


def make_broker(folder: Path, definitions: dict[str, Any]) -> DockerBroker | LocalBroker:
    return DockerBroker(definitions) if docker_answers() else tied(LocalBroker(folder, definitions))


def make_store(folder: Path) -> DockerStore | LocalStore:
    return DockerStore() if docker_answers() else tied(LocalStore(folder))


@contextmanager
def guarded_store(folder: Path) -> Iterator[LocalStore]:
    """A store that knows the accounts of an installation (see `url_for`): it is up, and gone afterwards."""
    passwords = {user: secrets.token_hex(8) for user in (accounts.ADMIN, *accounts.USERS)}
    store = tied(LocalStore(folder, passwords))
    store.start()
    yield store
    store.stop()
    store.remove()


def wipe(client: MongoClient[Any]) -> None:
    """Drop every database but the store's own."""
    for name in set(client.list_database_names()) - {"admin", "config", "local"}:
        client.drop_database(name)


def tied(part: P) -> P:
    """Ends with this process even when that is killed. Start it in the main thread."""
    part.tie = signal.SIGKILL
    return part
