"""What a benchmark is: contestants that take turns within one run, and the medians of their rounds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from shared.bus import topology
from shared.eventlog.mongo import connect
from tests.support import servers

ROUNDS = 5

Round = Callable[[], float]
Tick = Callable[[str], None]
"""Told what was just measured; moves the progress bar."""


@dataclass(frozen=True)
class Row:
    """One line of the table. `ours` and `reference` are the rounds; without a reference the median itself counts.

    `wanted` is a lower bound where `at_least`, else an upper one; None where there is nothing to meet.
    """

    id: str
    what: str
    unit: str
    ours: list[float]
    versus: str = ""
    reference: list[float] = field(default_factory=list)
    wanted: float | None = None
    at_least: bool = True

    @property
    def median(self) -> float:
        return statistics.median(self.ours)

    @property
    def measured(self) -> float:
        """The ratio of the medians, or the median where nothing stands beside it."""
        return self.median / statistics.median(self.reference) if self.reference else self.median

    @property
    def met(self) -> bool | None:
        if self.wanted is None:
            return None
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"measured": self.measured, "met": self.met}


@dataclass
class Place:
    """Servers of this run alone, started when first asked for; `folder` holds them and the children's logs."""

    folder: Path
    partitions: int = 2
    passwords: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(_USERS, "benchmark"))

    @cached_property
    def broker(self) -> Any:
        made = servers.make_broker(self.folder / "broker", one_consumer(self.passwords, self.partitions))
        made.start()
        return made

    @cached_property
    def store(self) -> Any:
        made = servers.make_store(self.folder / "store")
        made.start()
        return made

    @cached_property
    def client(self) -> MongoClient[dict[str, Any]]:
        return connect(self.store.url, maxPoolSize=200, socketTimeoutMS=60_000)

    @property
    def log(self) -> Path:
        return self.folder / "children.log"

    def amqp(self, user: str) -> str:
        return str(self.broker.url(user, self.passwords[user], topology.VHOST))

    def environment(self) -> dict[str, str]:
        """What the children need to find the servers."""
        return {
            "BENCH_MONGO": self.store.url,
            "BENCH_PARTITIONS": str(self.partitions),
            **{f"BENCH_AMQP_{user.upper()}": self.amqp(user) for user in _USERS},
        }

    def close(self) -> None:
        if "client" in self.__dict__:
            self.client.close()
        for part in ("broker", "store"):
            if part in self.__dict__:
                self.__dict__[part].stop()
                self.__dict__[part].remove()


_USERS = (*topology.USERS, topology.TOPOLOGY_USER)
SOURCE, CONSUMER = "programs", "matching"


def one_consumer(passwords: Mapping[str, str], partitions: int) -> dict[str, Any]:
    """The real topology, but only one service's queues are bound: the references have one consumer, too."""
    found = topology.definitions(passwords, partitions)
    bindings = [b for b in found["bindings"] if b["destination"].startswith(f"{CONSUMER}.")]
    return {**found, "bindings": bindings}


def take_turns(contestants: Mapping[str, Round], tick: Tick, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """The rounds of each, one after the other and in turning order, so that a busy moment meets them all alike."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        order = list(contestants.items())
        for name, once in order if number % 2 == 0 else reversed(order):
            found[name].append(once())
            tick(name)
    return found


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
