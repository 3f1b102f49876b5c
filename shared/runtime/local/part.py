"""What the private broker and the private store have in common: a folder, ports that stay, processes that are known."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from shared.runtime.faults import Fault
from shared.runtime.local import records
from shared.runtime.local.ports import free_ports
from shared.runtime.local.processes import Child

_PAUSE = 0.05


class Part:
    """A private server under a folder of its own. Data and ports outlive a restart."""

    title = "part"
    port_count = 1
    grace = 6.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.children: list[Child] = []
        self.ports: list[int] = []
        self.tie: signal.Signals | None = None  # see Child.spawn

    @property
    def port(self) -> int:
        """Where clients connect. Known after `start`."""
        return self.ports[0]

    @property
    def _record(self) -> Path:
        return self.folder / "part.json"

    def remembered(self) -> dict[str, Any]:
        return records.read(self._record)

    def remember(self, **more: Any) -> None:
        known = self.remembered() | more
        records.write(self._record, known | {"ports": self.ports, "processes": [c.record() for c in self.children]})

    def start(self) -> None:
        """Start and wait until clients are answered. Ends what an earlier owner left running. Raises Fault, OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clean_up()
        self.ports = free_ports(self.port_count, self.remembered().get("ports", ()))
        try:
            self._launch()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop in order; kill what does not stop in time."""
        for child in reversed(self.children):
            child.end(self.grace)
        self._forget()

    def kill(self) -> None:
        """End at once, as a power cut would."""
        for child in reversed(self.children):
            child.end(0)
        self._forget()

    def restart(self) -> None:
        self.stop()
        self.start()

    def alive(self) -> bool:
        return bool(self.children) and all(child.alive() for child in self.children)

    def recall(self) -> None:
        """Take up the ports and processes that another process has started here."""
        known = self.remembered()
        self.ports = known.get("ports", [])
        self.children = [child for each in known.get("processes", []) if (child := Child.recall(each))]

    def clean_up(self) -> None:
        """End what a killed owner left running in this folder; only processes that are surely its own."""
        self.recall()
        self.kill()

    def _launch(self) -> None:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError

    def _forget(self) -> None:
        self.children = []
        if self._record.exists():
            self.remember()

    def _wait(self, patience: float, log: Path) -> None:
        deadline = time.monotonic() + patience
        while not self._answers():
            if not self.alive():
                raise Fault(f"The private {self.title} stopped while it was starting: its reasons are in {log}.")
            if time.monotonic() > deadline:
                raise Fault(f"The private {self.title} was not ready after {patience:.0f} s: see {log}.")
            time.sleep(_PAUSE)
