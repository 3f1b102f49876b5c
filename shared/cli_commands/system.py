"""`mentorship up`, `down`, `status`: the whole system on one machine."""

from __future__ import annotations

import argparse
import subprocess
import time
from typing import Any

from shared.cli_commands import options
from shared.runtime.faults import Fault
from shared.runtime.local import health, records
from shared.runtime.local.instance import DEFAULT_PORT, PROJECT, Instance, python
from shared.runtime.local.processes import Child
from shared.runtime.local.supervisor import address, down, up

_PATIENCE = 150.0


def register(subparsers: Any) -> None:
    start = subparsers.add_parser("up", help="start the whole system on this machine")
    options.add_data(start)
    start.add_argument(
        "--port", type=options.port, default=DEFAULT_PORT, help=f"where the gateway listens ({DEFAULT_PORT})"
    )
    start.add_argument("--detach", action="store_true", help="come back when it is ready, and leave it running")
    start.add_argument("--one-process", action="store_true", help="all services in one process: less memory")
    start.set_defaults(run=_up)
    stop = subparsers.add_parser("down", help="stop it")
    options.add_data(stop)
    stop.set_defaults(run=_down)
    status = subparsers.add_parser("status", help="what runs, and how it is")
    options.add_data(status)
    status.set_defaults(run=_status)


def _up(args: argparse.Namespace) -> int:
    if args.detach:
        return _detach(args)
    up(options.instance(args), args.port, one_process=args.one_process)
    return 0


def _detach(args: argparse.Namespace) -> int:
    instance = options.instance(args)
    instance.prepare()
    with instance.lock():
        records.write(instance.state_file, records.read(instance.state_file) | {"ready": False})
    more = ["--one-process"] if args.one_process else []
    command = python("shared.cli", "up", "--data", str(instance.folder), "--port", str(args.port), *more)
    log = instance.logs / "supervisor.log"
    with log.open("wb") as sink:
        started = subprocess.Popen(  # noqa: S603 - ourselves, in the background
            command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True, cwd=PROJECT
        )
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if started.poll() is not None:
            raise Fault(log.read_text().strip().rpartition("\n")[2].removeprefix("mentorship: "))
        if records.read(instance.state_file).get("ready"):
            options.out(f"Mentorship is running at {address(args.port)}. Stop it with `mentorship down`.")
            return 0
        time.sleep(0.1)
    raise Fault(f"It was not ready after {_PATIENCE:.0f} s: see {log}.")


def _down(args: argparse.Namespace) -> int:
    ran = down(options.instance(args))
    options.out("Mentorship has stopped." if ran else "Mentorship was not running.")
    return 0


def _status(args: argparse.Namespace) -> int:
    instance = options.instance(args)
    state = records.read(instance.state_file)
    rows = _rows(instance, state)
    for name, pid, where, well in rows:
        options.out(f"{name:<14} {'running' if well else 'stopped':<8} {pid or '-':>8}  {where}")
    if not rows:
        options.out(f"Nothing was ever started in {instance.folder}.")
    return 0 if rows and all(well for *_, well in rows) else 1


def _rows(instance: Instance, state: dict[str, Any]) -> list[tuple[str, int | None, str, bool]]:
    if "supervisor" not in state:
        return []
    rows: list[tuple[str, int | None, str, bool]] = [_row("supervisor", Child.recall(state["supervisor"]), "")]
    for part in (instance.broker(), instance.store()):
        if part:
            part.recall()
            pid = part.children[-1].pid if part.children else None
            rows.append((part.title, pid, f"127.0.0.1:{part.port}" if part.ports else "", part.alive()))
    children = {each["name"]: Child.recall(each) for each in state["programs"]}
    rows += [_row(name, children.get(name), "") for name in state["names"]]
    well = health.ready(state["port"])
    return [*rows, ("ready", None, f"{address(state['port'])}/health/ready", well)]


def _row(name: str, child: Child | None, where: str) -> tuple[str, int | None, str, bool]:
    alive = child is not None and child.alive()
    return name, child.pid if child and alive else None, where, alive
