"""Deliveries that a broker or a producer could make by mistake, sent with the producer's own account."""

from __future__ import annotations

import random
from collections import Counter

import pika

from shared.bus import codec, topology
from shared.contracts.catalogue import SERVICES
from shared.contracts.upcasters import UPCASTERS
from shared.eventlog.mongo import MongoEventLog, connect
from tests.torture.system.rig import Rig

PARTITIONS = 2
_REPEATED = 60


def _exchange() -> str:
    """Where the queues of services get their events from."""
    bound = (binding for queue in topology.queues(1) if queue.name.endswith(".events.0") for binding in queue.bindings)
    return next(exchange for exchange, _ in bound)


class Mischief:
    """`poisoned` counts, per consumer, the messages that are to be parked."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._number = 0
        self.poisoned: Counter[str] = Counter()
        self.repeated = 0

    def repeat(self, dice: random.Random) -> None:
        """Events from anywhere in a log, once more, in another order."""
        service, partition = dice.choice(SERVICES), dice.randrange(PARTITIONS)
        with connect(self._rig.store.url()) as client:
            log = MongoEventLog(client, service, PARTITIONS, UPCASTERS)
            head = log.head(partition)
            found = log.feed(partition, dice.randrange(max(1, head)), _REPEATED)
            log.close()
        events = [event for commit in found for event in commit.events]
        dice.shuffle(events)
        self._send(service, [codec.encode(event) for event in events])
        self.repeated += len(events)

    def poison(self, dice: random.Random) -> None:
        """A body that is no event, to every consumer of one service; each is another, so each is parked once."""
        service, partition = dice.choice(SERVICES), dice.randrange(PARTITIONS)
        self._number += 1
        body = f"This is no event, number {self._number}.".encode()
        self._send(service, [(body, {"user_id": service}, f"{service}.Nonsense.{partition}")])
        self.poisoned.update(name for name, sources in topology.CONSUMES.items() if service in sources)

    def _send(self, service: str, messages: list[tuple[bytes, dict[str, object], str]]) -> None:
        with pika.BlockingConnection(pika.URLParameters(self._rig.instance.broker_url(service))) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for body, properties, key in messages:
                channel.basic_publish(_exchange(), key, body, pika.BasicProperties(**properties))
