"""A broker in memory that may do all that a broker may: deliver twice, late, in another order, and again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

_SHUFFLED = 4
"""So many of the next messages may overtake each other."""


@dataclass(frozen=True)
class Message:
    body: bytes
    properties: dict[str, Any]
    key: str


@dataclass
class Queue:
    """`open`: what is delivered and not acknowledged, by delivery tag."""

    sources: tuple[str, ...]
    partition: int
    ready: list[Message] = field(default_factory=list)
    open: dict[int, Message] = field(default_factory=dict)
    consumer: Any = None
    bound: bool = True
    tag: int = 0

    def __len__(self) -> int:
        return len(self.ready) + len(self.open)

    def give_back(self) -> None:
        """The consumer is gone: what it did not acknowledge comes again, first."""
        self.ready[:0] = self.open.values()
        self.open.clear()
        if self.consumer is not None:
            self.consumer.closed = True
        self.consumer = None


class Unroutable(Exception):
    """A queue that should have it is not bound: returned, since it was published as mandatory."""


class Broker:
    """One active consumer per queue. Loses nothing; promises nothing else."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.queues: dict[str, Queue] = {}
        self.unruly = 0.0

    def publish(self, message: Message, *, mandatory: bool) -> None:
        """Take a message for every queue that wants it. Raises Unroutable."""
        source, _, partition = message.key.split(".")
        wanted = [q for q in self.queues.values() if source in q.sources and q.partition == int(partition)]
        if mandatory and not all(queue.bound for queue in wanted):
            raise Unroutable(message.key)
        for queue in wanted:
            if queue.bound:
                queue.ready.extend([message] * (2 if self._unruly() else 1))

    def deliver(self, name: str, consumer: Any, limit: int) -> Iterable[tuple[int, Message]]:
        """The next messages with their tags; nothing where another is the active consumer. Raises OSError."""
        if consumer.closed:
            raise OSError("closed")
        queue = self.queues[name]
        if queue.consumer not in {None, consumer}:
            return []
        queue.consumer = consumer
        return [self._next(queue) for _ in range(min(limit, len(queue.ready)))]

    def acknowledge(self, name: str, consumer: Any, tag: int, *, multiple: bool) -> None:
        """Forget what is done with. Raises OSError where its sender is no longer the active consumer."""
        if consumer.closed:
            raise OSError("closed")
        queue = self.queues[name]
        for done in [known for known in queue.open if known == tag or (multiple and known < tag)]:
            del queue.open[done]

    def leave(self, consumer: Any) -> None:
        """A connection ended."""
        for queue in self.queues.values():
            if queue.consumer is consumer:
                queue.give_back()

    def _next(self, queue: Queue) -> tuple[int, Message]:
        place = self._random.randrange(min(_SHUFFLED, len(queue.ready))) if self._unruly() else 0
        queue.tag += 1
        queue.open[queue.tag] = queue.ready.pop(place)
        return queue.tag, queue.open[queue.tag]

    def _unruly(self) -> bool:
        return self._random.random() < self.unruly
