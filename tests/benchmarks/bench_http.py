"""B5 and B6: a command and a read over HTTP by 50 clients, beside the way of nameko's examples on the same servers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from pymongo import MongoClient

from shared.bus import topology
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

Ask = Callable[[], Load]


def run(place: Place, tick: Tick) -> list[Row]:
    with ExitStack() as stack:
        system, port = stack.enter_context(_system(place.folder / "system"))
        members = stack.enter_context(_pairs(system))
        answer = members[0][0].get(f"/v1/pairs/{members[0][1]}")
        reference = stack.enter_context(_reference(place, system, answer))
        contestants = _contestants(port, reference, members)
        found: dict[str, list[Load]] = {name: [] for name in contestants}
        for number in range(ROUNDS):
            order = list(contestants.items())
            for name, ask in order if number % 2 == 0 else reversed(order):
                found[name].append(ask())
                tick(name)
    return [
        *_rows("B5", "HTTP command, 50 clients", found["command"], found["command, examples' way"], 2.5),
        *_rows("B6", "HTTP read, 50 clients", found["read"], found["read, examples' way"], 3),
    ]


def _contestants(port: int, reference: int, members: list[tuple[Someone, str]]) -> dict[str, Ask]:
    def ours(method: str, path: str, body: bytes = b"") -> list[bytes]:
        return [
            request(method, path.format(pair=pair), body, Authorization=f"Bearer {person.token}")
            for person, pair in members
        ]

    def theirs(method: str, path: str, body: bytes = b"") -> list[bytes]:
        return [request(method, path, body)] * len(members)

    sending, reading = ours("POST", "/v1/pairs/{pair}/messages", _SAID), ours("GET", "/v1/pairs/{pair}")
    return {
        "command": lambda: load(port, sending, 201, _SECONDS),
        "command, examples' way": lambda: load(reference, theirs("POST", "/messages", _SAID), 201, _SECONDS),
        "read": lambda: load(port, reading, 200, _SECONDS),
        "read, examples' way": lambda: load(reference, theirs("GET", "/answer"), 200, _SECONDS),
    }


def _rows(id: str, what: str, ours: list[Load], theirs: list[Load], wanted: float) -> list[Row]:
    name = "the examples' way"
    return [
        Row(id, what, "requests/s", [one.rate for one in ours], name, [one.rate for one in theirs], wanted),
        Row(
            id, f"{what}, p99", "ms", [one.p99 for one in ours], name, [one.p99 for one in theirs], 0.5, at_least=False
        ),
    ]


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
    store = instance.store_url("programs")
    broker = instance.broker()
    assert broker is not None
    broker.recall()
    password = records.read(instance.secrets / "broker-passwords.json")[topology.TOPOLOGY_USER]
    with MongoClient(store) as client:  # type: MongoClient[dict[str, Any]]
        client["bench_examples"]["answers"].replace_one({"_id": "answer"}, {"answer": answer}, upsert=True)
    found = {"BENCH_MONGO": store, "BENCH_AMQP": broker.url(topology.TOPOLOGY_USER, password, topology.VHOST)}
    [port] = free_ports(1)
    with (
        Contestant(_ROUTE, "orders", log=place.log, **found) as orders,
        Contestant(_ROUTE, "gateway", port, log=place.log, **found) as gateway,
    ):
        for child in (orders.ready(), gateway.ready()):
            child.go()
        yield port
