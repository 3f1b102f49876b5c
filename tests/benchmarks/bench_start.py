"""B10: from stopped to ready, and the memory of services and gateway when nobody asks anything."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.runtime.local import records
from shared.runtime.local.instance import PROJECT, Instance
from shared.runtime.local.ports import free_ports
from tests.benchmarks.runner import ROUNDS, Place, Row, Tick
from tests.support import system as support

_SETTLE = 5.0
_APART = {"mailbox"}
"""Stands for a mail server elsewhere."""


@dataclass(frozen=True)
class Started:
    seconds: float
    rss: float
    pss: float


def run(place: Place, tick: Tick) -> list[Row]:
    ways: dict[str, list[str]] = {"a process per service": [], "--one-process": ["--one-process"]}
    found: dict[str, list[Started]] = {way: [] for way in ways}
    folder = place.folder / "instance"
    with _removed(folder):
        _start(folder, [])  # the first start makes secrets and databases
        for _ in range(ROUNDS):
            for way, arguments in ways.items():
                found[way].append(_start(folder, arguments))
                tick(way)
    return [row for way, rounds in found.items() for row in _rows(way, rounds)]


def _rows(way: str, rounds: list[Started]) -> list[Row]:
    return [
        Row("B10", f"stopped to ready, {way}", "s", [one.seconds for one in rounds], wanted=15, at_least=False),
        Row("B10", f"idle memory, {way} (PSS)", "MiB", [one.pss for one in rounds], wanted=400, at_least=False),
        Row("B10", f"idle memory, {way} (RSS)", "MiB", [one.rss for one in rounds], wanted=400, at_least=False),
    ]


@contextmanager
def _removed(folder: Path) -> Iterator[None]:
    """Whatever happens, nothing of the instance stays."""
    try:
        yield
    finally:
        _command("down", folder)
        if broker := Instance(folder, support.environment()).broker():
            broker.remove()


def _start(folder: Path, arguments: list[str]) -> Started:
    [port] = free_ports(1)
    began = time.perf_counter()
    _command("up", folder, "--detach", "--port", str(port), *arguments)
    seconds = time.perf_counter() - began
    time.sleep(_SETTLE)
    state = records.read(Instance(folder, support.environment()).state_file)
    pids = [each["pid"] for each in state["programs"] if each["name"] not in _APART]
    rss, pss = (sum(_memory(pid, kind) for pid in pids) for kind in ("Rss", "Pss"))
    _command("down", folder)
    return Started(seconds, rss, pss)


def _command(does: str, folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "shared.cli", does, "--data", str(folder), *arguments]
    subprocess.run(command, check=True, cwd=PROJECT, env=support.environment(), stdout=subprocess.DEVNULL, timeout=180)


def _memory(pid: int, kind: str) -> float:
    """MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) / 1024
