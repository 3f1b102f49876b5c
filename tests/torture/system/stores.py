"""The stores that a rig can have."""

from __future__ import annotations

import signal

from shared.contracts.catalogue import SOURCES
from shared.runtime.accounts import ADMIN
from shared.runtime.local.instance import Instance
from shared.runtime.local.ports import free_ports


class OneStore:
    """One mongod; each service reaches it through a proxy port of its own, so that one alone can be cut off."""

    title = "one member"

    def __init__(self, instance: Instance) -> None:
        store = instance.store()
        assert store is not None
        self._store = store
        self._store.tie = signal.SIGKILL
        self._ports = dict(zip(SOURCES, free_ports(len(SOURCES)), strict=True))

    def start(self) -> None:
        self._store.start()

    def form(self) -> None:
        """It is whole already."""

    def step_down(self) -> None:
        """Nobody could take over, so this is a restart in order."""
        self._store.restart()

    def stop(self) -> None:
        self._store.kill()

    def kill_primary(self) -> None:
        """As SIGKILL does: what is not on disk is gone."""
        self._store.kill()

    def bring_back(self) -> None:
        """Returns when writes are taken."""
        self._store.start()

    def hang(self, number: signal.Signals) -> None:
        """SIGSTOP or SIGCONT."""
        for child in self._store.children:
            child.signal(number)

    def url(self) -> str:
        """For the harness, which is never cut off."""
        return self._store.url_for(ADMIN)

    def url_for(self, user: str) -> str:
        """By the proxy port of the service whose account, or whose keys' account, it is."""
        port = self._ports[user.removesuffix("_keys")]
        return self._store.url_for(user).replace(f":{self._store.port}/?", f":{port}/?directConnection=true&")

    def links(self) -> dict[str, list[int]]:
        return {f"{service}/store": [port, self._store.port] for service, port in self._ports.items()}
