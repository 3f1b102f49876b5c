"""One process of a service in the simulation: the product's own parts over the simulation's ports, stepped by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any, Protocol

from services.gateway.rights import Rights
from shared.application.application import Application, Context, Done
from shared.application.table import Table
from shared.bus.consumer import Consumer
from shared.bus.port import Sink, Transient
from shared.bus.relay import Relay
from shared.bus.topology import BATCHES
from shared.kernel.clock import Clock
from shared.kernel.events import Data, Event
from shared.privacy.keys import MemoryKeys
from shared.privacy.sealing import Sealer
from shared.runtime.backbone import Backbone
from shared.runtime.timers import Timers
from shared.views.inbox import Inbox, React
from tests.torture.broker import Broker, Message
from tests.torture.checker import chain
from tests.torture.faults import Faults, Log, Views
from tests.torture.poison import Poison

_DELIVERED_AT_ONCE = 6


class Ports(Protocol):
    """What every process finds outside itself."""

    partitions: int
    broker: Broker
    faults: Faults
    clock: Clock
    logs: dict[str, Log]
    views: dict[str, Views]
    keys: dict[str, MemoryKeys]
    checkpoints: dict[tuple[str, int], int]
    sources: dict[str, tuple[str, ...]]
    poison: Poison
    auditor: Auditor

    def feed(self, source: str, partition: int, after: int, limit: int) -> list[Event]: ...


class Channel:
    """An AMQP channel to the simulated broker, and the link it is on."""

    def __init__(self, ports: Ports, queue: str = "") -> None:
        self._ports = ports
        self._queue = queue
        self._came: Callable[[Any], None] = lambda _message: None
        self._published = 0
        self._unconfirmed = False
        self.closed = False
        self.events: dict[str, set[Any]] = {"basic_ack": set(), "basic_nack": set(), "basic_return": set()}

    def channel(self) -> Channel:
        return self

    def basic_qos(self, *_: Any) -> None: ...

    def confirm_select(self) -> None: ...

    def tick(self) -> None: ...

    def basic_consume(self, queue: str, callback: Callable[[Any], None], on_cancel: Any) -> None:
        self._queue, self._came = queue, callback

    def basic_ack(self, tag: int, multiple: bool) -> None:
        self._ports.faults.at("ack.before", OSError)
        self._ports.broker.acknowledge(self._queue, self, tag, multiple=multiple)
        self._ports.faults.at("ack.after", OSError)

    def basic_publish(self, message: Any, exchange: str, key: str, *, mandatory: bool) -> None:
        """Services hear batches; to single events nobody listens here."""
        self._ports.faults.at("publish.before", OSError)
        if exchange == BATCHES:
            self._ports.broker.publish(Message(message.body, message.properties, key), mandatory=mandatory)
        self._ports.faults.at("publish.after", OSError)
        self._published, self._unconfirmed = self._published + 1, True

    def pump(self, _timeout: float) -> bool:
        """Confirms of what was published; messages of what is consumed."""
        if self._unconfirmed:
            self._ports.faults.at("confirm.before", OSError)
            self._unconfirmed = False
            for call in self.events["basic_ack"]:
                call(self._published, True)
        came = self._ports.broker.deliver(self._queue, self, _DELIVERED_AT_ONCE) if self._queue else ()
        for tag, message in came:
            info = {"routing_key": message.key}
            self._came(SimpleNamespace(**vars(message), delivery_tag=tag, delivery_info=info))
        return bool(came)


class Process:
    """Everything it knows is gone with `start`; what it knows then, it finds in the stores."""

    def __init__(self, ports: Ports, service: str, table: Table | None) -> None:
        self.service = service
        self._ports = ports
        self._table = table
        self._workers: list[Consumer | Relay] = []
        self.start()

    def start(self) -> None:
        self.stop()
        ports, name = self._ports, self.service
        self.steps: list[Callable[[], None]] = []
        sink: Any = ports.auditor
        if self._table:
            views: Any = ports.views[name]
            sealer = Sealer(ports.keys[name])
            self.app = Application(self._table, ports.logs[name], sealer, views, ports.clock)
            sink = Inbox(views, self._table.views, self._reacting(), ports.clock)
            self.steps += [self._tailing(sink, partition) for partition in range(ports.partitions)]
            if self._table.due_view:
                self.steps.append(Timers(self.app, None)._fire)
        if name in ports.logs:
            self.steps += [self._relaying(partition) for partition in range(ports.partitions)]
        if ports.sources.get(name):
            self.steps += [self._consuming(sink, partition) for partition in range(ports.partitions)]

    def stop(self) -> None:
        """Connections end with the process."""
        for worker in self._workers:
            worker.waker.close()
            self._ports.broker.leave(getattr(worker, "_channel", None))
        self._workers.clear()

    def execute(self, command: str, data: Data, context: Context) -> Done:
        """What a person asks for. The gateway has no more than its record of rights."""
        if self._table:
            return self.app.execute(command, data, context)
        rights = Rights(self._ports.logs[self.service], self._ports.clock)
        commit = rights.erase(context.actor.id, context.command_id, context.correlation_id)
        return Done({}, commit.partition, commit.position, None)

    def _reacting(self) -> React:
        """As the product's backbone does, which destroys keys; poison strikes in the reactions of the service."""
        app, poison = self.app, self._ports.poison

        def react(event: Event) -> None:
            poison.strike(event, "reaction")
            app.react(event)

        keys = self._ports.keys[self.service]
        parts: Any = SimpleNamespace(keys=keys, scout=None, app=SimpleNamespace(react=react))
        return partial(Backbone._react, parts)

    def _tailing(self, sink: Sink, partition: int) -> Callable[[], None]:
        """As `shared.views.tailer`, one look at a time."""
        log = self._ports.logs[self.service]

        def step() -> None:
            commits = log.feed(partition, sink.watermark(self.service, partition))
            if commits:
                sink.apply(self.service, partition, [event for commit in commits for event in commit.events])

        return step

    def _relaying(self, partition: int) -> Callable[[], None]:
        """A session of the real relay for each step."""
        checkpoints, place = self._ports.checkpoints, (self.service, partition)

        def load() -> int:
            return checkpoints.get(place, 0)

        def save(position: int) -> None:
            self._ports.faults.at("checkpoint.before", OSError)
            checkpoints[place] = position
            self._ports.faults.at("checkpoint.after", OSError)

        def wait(*_: object) -> bool:
            relay.stopping.set()
            return True

        url = f"amqp://{self.service}:-@simulated"
        relay = Relay(self._ports.logs[self.service], partition, url, load, save, wait)
        self._workers.append(relay)

        def step() -> None:
            relay.stopping.clear()
            relay.session(Channel(self._ports))  # type: ignore[arg-type]

        return step

    def _consuming(self, sink: Sink, partition: int) -> Callable[[], None]:
        """The real consumer; every step is a turn of its session."""
        url, sources = f"amqp://{self.service}:-@simulated", self._ports.sources[self.service]
        consumer = Consumer(self.service, partition, url, sink, self._ports.feed, sources)
        self._workers.append(consumer)
        link: Any = None

        def step() -> None:
            nonlocal link
            try:
                if link is None:
                    link = Channel(self._ports)
                    consumer.stopping.set()
                    consumer.session(link)
                    consumer.stopping.clear()
                link.pump(0.0)
                consumer._work(link)
            except Transient:
                pass
            except Exception:
                self._ports.broker.leave(link)
                link = None
                raise

        return step


class Auditor:
    """Stands for trust_safety, which counts and chains what every source tells it. Outlives its processes."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.chains: dict[tuple[str, int], tuple[int, str]] = {}
        self.ends: dict[tuple[str, int], int] = {}
        self.parked: set[tuple[str, bytes]] = set()

    def watermark(self, source: str, partition: int) -> int:
        return self.ends.get((source, partition), 0)

    def apply(self, source: str, partition: int, events: Sequence[Event]) -> None:
        place = (source, partition)
        self._faults.at("apply.before", Transient)
        fresh = [event for event in events if event.position > self.watermark(*place)]
        if fresh:
            self.chains[place] = chain(fresh, self.chains.get(place, (0, "")))
            self.ends[place] = fresh[-1].position
        self._faults.at("apply.after", Transient)

    def park_message(self, queue: str, why: str, body: bytes, properties: dict[str, Any]) -> None:
        self.parked.add((queue.partition(".")[0], body))
