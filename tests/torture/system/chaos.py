"""What is done to the system, in an order and at moments that follow from the seed. Each fault is taken back here."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from shared.contracts.catalogue import SERVICES
from shared.kernel.clock import read_offset
from shared.runtime.local import records
from tests.torture.history import History
from tests.torture.system.hand import Hand
from tests.torture.system.mischief import Mischief
from tests.torture.system.rig import Rig

BURST = 3
"""So many services are killed at once."""

_MODES = ("hole", "deaf", "reset", "cut", "slow")
_GATEWAY = 0.25
_JUMP = 8 * 24 * 3600.0


@dataclass(frozen=True)
class Faults:
    """How many of each. `services` counts kills of services, which come in bursts, now and then with the gateway."""

    services: int
    broker: int
    store: int
    partitions: int
    pauses: int
    jumps: int
    mischief: int
    step_downs: int

    def slots(self, dice: random.Random) -> list[str]:
        kinds = {
            "services": -(-self.services // BURST), "broker": self.broker, "store": self.store,
            "partition": self.partitions, "pause": self.pauses, "jump": self.jumps, "mischief": self.mischief,
            "step_down": self.step_downs,
        }  # fmt: skip
        found = [kind for kind, count in kinds.items() for _ in range(count)]
        dice.shuffle(found)
        return found


@dataclass
class Done:
    """What was done, how long each kind took to come back (seconds), and when something was broken (monotonic)."""

    kills: Counter[str] = field(default_factory=Counter)
    recovered: dict[str, list[float]] = field(default_factory=dict)
    windows: list[tuple[float, float]] = field(default_factory=list)
    never: list[str] = field(default_factory=list)


class Chaos:
    """`run` does all of it within the given seconds, or as fast as it goes."""

    def __init__(self, rig: Rig, faults: Faults, seed: int, history: History, mischief: Mischief, hand: Hand) -> None:
        self._rig = rig
        self._dice = random.Random(seed + 1)
        self._slots = faults.slots(self._dice)
        self._history = history
        self._sender = mischief
        self._hand = hand
        self.done = Done()
        self.at = ""

    async def run(self, seconds: float) -> None:
        begun, count = time.monotonic(), len(self._slots)
        for number, kind in enumerate(self._slots):
            await asyncio.sleep(
                max(0.0, begun + seconds * (number + self._dice.random() / 3) / count - time.monotonic())
            )
            self.at = kind
            broken = time.monotonic()
            what: Callable[[], Awaitable[None]] = getattr(self, f"_{kind}")
            await what()
            self.done.windows.append((broken, time.monotonic()))
            self.at = ""

    def _break(self, point: str, how: str) -> None:
        self._history.note("fault", point=point, how=how)

    async def _heal(self, point: str, kind: str, since: float, services: list[str]) -> None:
        """Wait until all answer, and note how long it took. I20 counts from here, for each service that was harmed."""
        if not await self._hand.do(self._rig.wait_until_ready, 30.0):
            self.done.never.append(f"{point} was not back after 30 s")
        self.done.recovered.setdefault(kind, []).append(time.monotonic() - since)
        for service in services:
            self._history.note("healed", point=point, service=service)
        if not services:
            self._history.note("healed", point=point)

    async def _services(self) -> None:
        names = self._dice.sample(SERVICES, BURST) + ["gateway"] * (self._dice.random() < _GATEWAY)
        for name in names:
            self._break(name, "kill")
            self._rig.signal(name, signal.SIGKILL)
            self.done.kills["gateway" if name == "gateway" else "service"] += 1
            await asyncio.sleep(self._dice.random() * 0.2)
        killed = time.monotonic()
        await asyncio.sleep(0.5)
        await self._heal(" ".join(names), "service kill", killed, [name for name in names if name != "gateway"])

    async def _broker(self) -> None:
        self._break("broker", "kill")
        killed = time.monotonic()
        await self._hand.do(self._rig.broker.kill)
        await asyncio.sleep(self._dice.random())
        await self._hand.do(self._rig.broker.start)
        self.done.kills["broker"] += 1
        await self._heal("broker", "broker kill", killed, [])

    async def _store(self) -> None:
        self._break("store", "kill")
        killed = time.monotonic()
        await self._hand.do(self._rig.store.kill_primary)
        await asyncio.sleep(self._dice.random())
        await self._hand.do(self._rig.store.bring_back)
        self.done.kills["store"] += 1
        await self._heal("store", "store kill", killed, [])

    async def _step_down(self) -> None:
        self._break("store", "step down")
        begun = time.monotonic()
        await self._hand.do(self._rig.store.step_down)
        await self._hand.do(self._rig.store.bring_back)
        self.done.kills["step down"] += 1
        await self._heal("store", "step down", begun, [])

    async def _partition(self) -> None:
        link, mode = self._dice.choice(self._rig.links), self._dice.choice(_MODES)
        self._break(link, mode)
        self._rig.link(link, mode)
        await asyncio.sleep(1 + 2 * self._dice.random())
        self._rig.link(link, "ok")
        self.done.kills["partition"] += 1
        name = link.partition("/")[0]
        await self._heal(link, "partition", time.monotonic(), [name] if name in SERVICES else [])

    async def _pause(self) -> None:
        who = self._dice.choice([*SERVICES, "store"])
        stop = self._rig.store.hang if who == "store" else lambda number: self._rig.signal(who, number)
        self._break(who, "hang")
        stop(signal.SIGSTOP)
        await asyncio.sleep(1 + 2 * self._dice.random())
        stop(signal.SIGCONT)
        self.done.kills["hang"] += 1
        await self._heal(who, "hang", time.monotonic(), [who] if who in SERVICES else [])

    async def _jump(self) -> None:
        file = self._rig.instance.clock_file
        self._break("clock", "jump")
        records.write_text(file, str(read_offset(file) + _JUMP))
        self.done.kills["clock jump"] += 1
        await self._heal("clock", "clock jump", time.monotonic(), [])

    async def _mischief(self) -> None:
        self._break("queues", "duplicates, disorder, poison")
        await self._hand.do(self._disturb)
        self._history.note("healed", point="queues")

    def _disturb(self) -> None:
        self._sender.repeat(self._dice)
        self._sender.poison(self._dice)
        self.done.kills["mischief"] += 1
