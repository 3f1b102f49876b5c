"""T0: several replicas of real services over ports in memory, in one thread and virtual time, from one seed.

The same seed gives the same run: whose turn it is, what fails where, what the broker does with a message. A process
that crashes starts again from the stores. At the end everything is left alone until it is at rest, and then checked.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from services.conversations.service import TABLE as CONVERSATIONS
from services.matching.service import TABLE as MATCHING
from services.notifications.service import TABLE as NOTIFICATIONS
from services.programs.service import TABLE as PROGRAMS
from shared.application.application import Context, Done
from shared.application.table import Table
from shared.bus.port import Transient
from shared.bus.topology import CONSUMES, event_queue
from shared.eventlog import LogUnavailable
from shared.kernel.clock import from_text, to_text
from shared.kernel.errors import Refusal
from shared.kernel.events import Data, Event
from shared.kernel.ids import derive
from shared.privacy.keys import MemoryKeys
from tests.torture import tally
from tests.torture.broker import Broker, Queue, Unroutable
from tests.torture.checker import check
from tests.torture.faults import Crash, Faults, Log, Views
from tests.torture.final import AUDITOR, audited, deadlines, final_state
from tests.torture.follower import Follower
from tests.torture.history import History, Note, read
from tests.torture.poison import Poison
from tests.torture.process import Auditor, Process
from tests.torture.traces import logged
from tests.torture.workload import People

TABLES = {table.name: table for table in (PROGRAMS, MATCHING, CONVERSATIONS, NOTIFICATIONS, tally.TABLE)}
GATEWAY = "gateway"
REPLICAS = 2
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_PAIRED_BEFORE = 0.6
_EXPECTED = (Transient, LogUnavailable, OSError, Refusal, Unroutable)


@dataclass
class Plan:
    """How hard a run is. `feed`: whether producers answer consumers that miss something. `poison`: how many of a

    thousand events are poison. `tables`: other services.
    """

    turns: int = 100
    rate: float = 0.06
    unruly: float = 0.2
    feed: bool = True
    poison: int = 25
    tables: dict[str, Table] = field(default_factory=lambda: TABLES)


class World:
    """The stores, the broker, the clock and the processes of one run."""

    def __init__(self, seed: object, plan: Plan) -> None:
        self.random = Random(f"{seed}")
        self.plan = plan
        self.now = 0.0
        self.partitions = self.random.choice((1, 2))
        self._file = io.StringIO()
        self.history = History(self._file, self.monotonic)
        self.clock: Any = SimpleNamespace(now=lambda: START + timedelta(seconds=self.now))
        self.faults = Faults(self.random, self.wait, self.history.note)
        self.faults.interleave = self._interleave
        self.broker = Broker(self.random)
        self.logs = {name: Log(name, self.partitions, self.faults) for name in (*plan.tables, GATEWAY)}
        self.views = {name: Views(self.faults) for name in plan.tables}
        self.keys = {name: MemoryKeys() for name in plan.tables}
        self.checkpoints: dict[tuple[str, int], int] = {}
        self.auditor = Auditor(self.faults)
        self.sources = _sources(plan.tables)
        self.poison = Poison(plan.poison)
        self.lines: dict[str, list[Any]] = {}
        self._busy: list[Process] = []
        heard = [(n, s, p) for n, s in self.sources.items() for p in range(self.partitions)]
        self.broker.queues = {event_queue(name, p): Queue(sources, p) for name, sources, p in heard}
        audit, names = audited(plan.tables, self.sources, self.poison), (*self.sources, GATEWAY)
        self.processes = [Process(self, name, audit.get(name)) for name in names for _ in range(REPLICAS)]
        self.people = People(seed, self.random, self.history, self._execute, self._answer)
        self._follower = Follower(self.history, self.random, self.logs, self.partitions)
        self.healed = 0.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds

    sleep = wait

    def who(self) -> str:
        """The service at work."""
        return self._busy[-1].service if self._busy else "nobody"

    def exports(self) -> Iterator[tuple[str, Any]]:
        return self.people.read_everything()

    def feed(self, source: str, partition: int, after: int, limit: int) -> list[Event]:
        """The method `feed` of a producer, as its consumers call it."""
        self.faults.at("feed", Transient)
        if not self.plan.feed:
            raise Transient("the producer is away")
        return [event for commit in self.logs[source].feed(partition, after, limit) for event in commit.events]

    def notes(self) -> list[Note]:
        return list(read(self._file.getvalue().splitlines(keepends=True)))

    def run(self) -> None:
        self.people.found_program()
        self.settle()
        self.people.sign_up()
        self.settle()
        if self.random.random() < _PAIRED_BEFORE:
            self._pair_up()
        self.faults.rate, self.broker.unruly, self.poison.since = self.plan.rate, self.plan.unruly, self._text()
        for _ in range(self.plan.turns):
            self._turn()
        self.faults.rate = self.broker.unruly = 0.0
        self.healed = self.now
        self.history.note("healed", point="all")
        self.people.write()
        for _ in range(len(self.people.open)):
            self.people.again()
        self.settle()
        self._note_who_caught_up()
        for _ in range(2):
            self._let_something_fall_due()
        self._follower.look(limit=1_000_000)
        self._follower.ask_again()

    def _pair_up(self) -> None:
        self.people.pair()
        self.settle()
        self.people.agree()
        self.settle()

    def settle(self) -> None:
        """Let everybody work, undisturbed, until nothing is left to do; at most for a minute."""
        until = self.now + 60
        while not self.at_rest() and self.now < until:
            for process in self.processes:
                for step in process.steps:
                    self._take(process, step)
            self.wait(0.5)

    def at_rest(self) -> bool:
        if any(len(queue) for queue in self.broker.queues.values()):
            return False
        if any(at <= self._text() for name in self.plan.tables for at in self._due(name)):
            return False
        return all(end == self.logs[source].head(partition) for (_, source, partition), end in self.ends().items())

    def ends(self) -> dict[tuple[str, str, int], int]:
        """The watermark of every consumer, for its own log and those that it hears over the bus."""
        ends = {}
        for partition in range(self.partitions):
            for name, sources in self.sources.items():
                sink: Any = self.views.get(name, self.auditor)
                own = (name,) if name in self.logs else ()
                ends.update({(name, source, partition): sink.watermark(source, partition) for source in own + sources})
        return ends

    def _text(self) -> str:
        return to_text(self.clock.now())

    def _due(self, name: str) -> list[str]:
        """When something falls due. What a parked event takes away stays in the view, and is nobody's any more."""
        due = self.views[name].documents.get("due", {})
        parked, settled = self.views[name].parked, set()
        if due and parked:
            commits = [commit for p in range(self.partitions) for commit in self.logs[name].replay(p)]
            known = deadlines(self.plan.tables[name], commits, parked)
            settled = {one.command_id for one in known if one.moved} | {commit.command_id for commit in commits}
        return [one["at"] for id, one in due.items() if derive(name, "due", id, one["at"]) not in settled]

    def _turn(self) -> None:
        """Something happens somewhere."""
        self.wait(self.random.uniform(0.0, 0.1))
        draw = self.random.random()
        if draw < 0.3:
            self._somebody_acts()
        elif draw < 0.32:
            self._fail_over()
        elif draw < 0.35:
            self._follower.look(limit=3)
        elif draw < 0.39:
            self.people.read()
        elif draw < 0.39 + self.plan.poison / 1000:
            self.poison.send(self.broker, self.random)
        else:
            process = self.random.choice(self.processes)
            for step in self.random.sample(process.steps, min(4, len(process.steps))):
                self._take(process, step)

    def _take(self, process: Process, step: Callable[[], None]) -> None:
        """One step of a process; where it crashes, another process takes its place, and its steps are no more."""
        if step not in process.steps:
            return
        self._busy.append(process)
        try:
            step()
        except Crash:
            process.start()
        except _EXPECTED:
            pass
        finally:
            self._busy.pop()

    def _somebody_acts(self) -> None:
        with suppress(Crash):  # Whoever asked is not hurt by the crash of who was asked.
            self.people.act()

    def _execute(self, service: str, command: str, data: Data, context: Context) -> Done:
        process = self.random.choice([p for p in self.processes if p.service == service and p not in self._busy])
        self._busy.append(process)
        try:
            return process.execute(command, data, context)
        except Crash:
            process.start()
            raise
        finally:
            self._busy.pop()

    def _answer(self, service: str, query: str, params: Data, context: Context) -> Data:
        process = self.random.choice([p for p in self.processes if p.service == service and p not in self._busy])
        return process.app.ask(query, params, context)

    def _interleave(self) -> None:
        """In the middle of one's turn another has a turn: a race, or a process that is paused and goes on late."""
        if len(self._busy) > 1:
            return
        if self.random.random() < 0.4:
            self._somebody_acts()
            return
        process = self.random.choice([one for one in self.processes if one not in self._busy])
        for step in process.steps:
            self._take(process, step)

    def _fail_over(self) -> None:
        """The broker closes a connection, and the other replica becomes the active consumer."""
        queue = self.broker.queues[self.random.choice(sorted(self.broker.queues))]
        self.history.note("fault", point="queue", how="fail-over")
        queue.give_back()

    def _note_who_caught_up(self) -> None:
        for (consumer, source, partition), end in self.ends().items():
            if end == self.logs[source].head(partition):
                self.history.note("caught-up", consumer=consumer, source=source, partition=partition)

    def _let_something_fall_due(self) -> None:
        soonest = min((at for name in self.plan.tables for at in self._due(name)), default=self._text())
        if from_text(soonest) < START + timedelta(days=60):
            self.now = max(self.now, (from_text(soonest) - START).total_seconds())
            self.settle()


def _sources(tables: dict[str, Table]) -> dict[str, tuple[str, ...]]:
    """Per consumer whom it hears over the bus, as the topology says, as far as they are here."""
    reads = {**CONSUMES, tally.TABLE.name: ("conversations",)}
    return {name: tuple(one for one in reads[name] if one in {*tables, GATEWAY}) for name in (*tables, AUDITOR)}


@dataclass
class Outcome:
    """What came of a run: violations by invariant, and the history."""

    violations: dict[str, list[str]]
    history: list[Note]


def simulate(seed: object, plan: Plan | None = None) -> Outcome:
    """Run one seed and check it."""
    with tally.published():
        world = World(seed, plan or Plan())
        with ExitStack() as stack:
            stack.enter_context(logged(world.who, world.lines))
            for module in ("bus.consumer", "bus.relay", "runtime.timers", "views.inbox"):
                stack.enter_context(patch(f"shared.{module}.time", world))
            for process in world.processes:
                stack.callback(process.stop)
            world.run()
            final = final_state(world, to_text(START + timedelta(seconds=world.healed)))
        history = world.notes()
        return Outcome(check(history, final), history)
