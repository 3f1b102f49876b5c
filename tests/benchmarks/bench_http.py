"""B5 and B6: a command and a read over HTTP by 50 clients, beside the way of nameko's examples on the same servers."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from pymongo import MongoClient

from shared.bus import topology
from shared.runtime.accounts import ADMIN
from shared.runtime.local import records
from shared.runtime.local.ports import free_ports
from tests.benchmarks.children import Contestant
from tests.benchmarks.clients import Load, load, request
from tests.benchmarks.runner import ROUNDS, Place, Row, Tick
from tests.support import system as support
from tests.support.world import Someone, World

_PAIRS, _SECONDS = 25, 3.0
_SAID = json.dumps({"text": "How did the lye turn out? " * 4}).encode()
_ROUTE = "tests.benchmarks.references.examples_way"

_LISTENERS = ("programs", "matching", "trust_safety", "notifications")
"""Who hears of a message."""

Ask = Callable[[], Load]


def run(place: Place, tick: Tick) -> list[Row]:
    with ExitStack() as stack:
        system, port = stack.enter_context(_system(place.folder / "system"))
        members = stack.enter_context(_pairs(system))
        answer = members[0][0].get(f"/v1/pairs/{members[0][1]}")
        reference = stack.enter_context(_reference(place, system, answer))
        contestants = _contestants(system, port, reference, members)
        at_rest = stack.enter_context(_rest(system, port))
        found: dict[str, list[Load]] = {name: [] for name in contestants}
        for number in range(ROUNDS):
            order = list(contestants.items())
            for name, ask in order if number % 2 == 0 else reversed(order):
                at_rest()
                found[name].append(ask())
                tick(name)
    return [
        *_rows("B5", "HTTP command, 50 clients, nobody listening", found, "command", 2.5),
        *_rows("B5", "HTTP command, 50 clients, four services listening", found, "command, heard", 2.5),
        *_rows("B6", "HTTP read, 50 clients", found, "read", 3),
    ]


def _contestants(
    system: support.System, port: int, reference: int, members: list[tuple[Someone, str]]
) -> dict[str, Ask]:
    def ours(method: str, path: str, body: bytes = b"") -> list[bytes]:
        return [
            request(method, path.format(pair=pair), body, Authorization=f"Bearer {person.token}")
            for person, pair in members
        ]

    def theirs(method: str, path: str, body: bytes = b"") -> list[bytes]:
        return [request(method, path, body)] * len(members)

    sending, reading = ours("POST", "/v1/pairs/{pair}/messages", _SAID), ours("GET", "/v1/pairs/{pair}")
    heard = theirs("POST", "/heard", _SAID)
    return {
        "command": lambda: _unheard(system, lambda: load(port, sending, 201, _SECONDS)),
        "command, examples' way": lambda: load(reference, theirs("POST", "/messages", _SAID), 201, _SECONDS),
        "command, heard": lambda: load(port, sending, 201, _SECONDS),
        "command, heard, examples' way": lambda: load(reference, heard, 201, _SECONDS),
        "read": lambda: load(port, reading, 200, _SECONDS),
        "read, examples' way": lambda: load(reference, theirs("GET", "/answer"), 200, _SECONDS),
    }


def _unheard(system: support.System, ask: Ask) -> Load:
    """The services that would hear of it stand still. Not for longer than the gateway goes on without trust_safety."""
    programs = records.read(system.instance.state_file)["programs"]
    pids = [program["pid"] for program in programs if program["name"] in _LISTENERS]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        return ask()
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _rows(id: str, what: str, found: dict[str, list[Load]], which: str, wanted: float) -> list[Row]:
    ours, theirs, name = found[which], found[f"{which}, examples' way"], "the examples' way"
    return [
        Row(id, what, "requests/s", [one.rate for one in ours], name, [one.rate for one in theirs], wanted),
        Row(
            id, f"{what}, p99", "ms", [one.p99 for one in ours], name, [one.p99 for one in theirs], 0.5, at_least=False
        ),
    ]


@contextmanager
def _rest(system: support.System, port: int) -> Iterator[Callable[[], None]]:
    """Waits until nobody has anything left to do, neither here nor there."""
    with httpx.Client() as http, MongoClient(system.instance.store_url(ADMIN)) as mongo:  # type: MongoClient[Any]
        theirs = mongo["bench_examples"]

        def behind() -> float:
            lines = http.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text.splitlines()
            ours = sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(("relay_lag", "view_lag")))
            sent = theirs["message_heard"].estimated_document_count()
            return ours + sum(sent - theirs[f"heard_by_{one}"].estimated_document_count() for one in _LISTENERS)

        def wait() -> None:
            deadline = time.monotonic() + 60
            while behind() and time.monotonic() < deadline:
                time.sleep(0.2)

        yield wait


@contextmanager
def _system(folder: Path) -> Iterator[tuple[support.System, int]]:
    """The whole system as `mentorship up` starts it, without limits on how much one may ask."""
    folder.mkdir()
    [port] = free_ports(1)
    unlimited = support.environment(RATE_PER_PERSON="0", RATE_PER_ADDRESS="0")
    running = support.System(f"http://127.0.0.1:{port}", folder, unlimited)
    supervisor = support.start(running, port)
    try:
        yield running, port
    finally:
        broker = running.instance.broker()
        supervisor.end(20)
        if broker:
            broker.remove()


@contextmanager
def _pairs(system: support.System) -> Iterator[list[tuple[Someone, str]]]:
    """50 people in 25 pairs that can write to each other, each with the id of their pair."""
    members = []
    with httpx.Client(base_url=system.base_url, timeout=20) as client:
        world = World(system, client)
        group = f"group-{world.mark}"
        admin = world.someone("admin", groups={group: "admin"})
        program = world.program(admin, group)
        for number in range(_PAIRS):
            two = [world.someone(f"{role}-{number}", groups=[group]) for role in ("mentor", "mentee")]
            pair = world.pair(admin, program, *two)
            members += [(person, pair) for person in two]
        for person, pair in members:
            person.eventually("POST", f"/v1/pairs/{pair}/messages", json.loads(_SAID), wanted=201)
        yield members


@contextmanager
def _reference(place: Place, system: support.System, answer: Any) -> Iterator[int]:
    """Gateway and service in a process each, on the system's own broker and store; the gateway's port."""
    instance = system.instance
    store = instance.store_url(ADMIN)
    broker = instance.broker()
    assert broker is not None
    broker.recall()
    password = records.read(instance.secrets / "broker-passwords.json")[topology.TOPOLOGY_USER]
    with MongoClient(store) as client:  # type: MongoClient[dict[str, Any]]
        client["bench_examples"]["answers"].replace_one({"_id": "answer"}, {"answer": answer}, upsert=True)
    found = {"BENCH_MONGO": store, "BENCH_AMQP": broker.url(topology.TOPOLOGY_USER, password, topology.VHOST)}
    [port] = free_ports(1)
    roles: list[tuple[object, ...]] = [("orders",), ("gateway", port), *(("listener", name) for name in _LISTENERS)]
    with ExitStack() as stack:
        children = [stack.enter_context(Contestant(_ROUTE, *role, log=place.log, **found)) for role in roles]
        for child in children:
            child.ready().go()
        yield port
