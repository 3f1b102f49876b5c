"""Where the bus delivers to: a consumer knows nothing of views and reactions, it hands over whole commits in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from shared.kernel.events import Event


class Transient(Exception):
    """The sink cannot take it now (store away, log away): nothing was applied; deliver the same again later."""


class Sink(Protocol):
    """Takes events exactly once in effect. Failing events are parked inside `apply`; they never raise out of it."""

    def watermark(self, source: str, partition: int) -> int:
        """The last position of (source, partition) that was applied, 0 at first. Raises Transient."""
        ...

    def apply(self, source: str, partition: int, events: Sequence[Event]) -> None:
        """Apply whole commits, in order, the first at `watermark + 1`, and move the watermark, in one transaction.

        Events at or below the watermark are duplicates and are dropped. Raises Transient.
        """
        ...

    def park_message(self, queue: str, why: str, body: bytes, properties: dict[str, Any]) -> None:
        """Keep a message that is no event at all (undecodable, oversized, wrong sender). Raises Transient."""
        ...


class Feed(Protocol):
    """How a consumer reads what it missed: the producer's log, by RPC."""

    def __call__(self, source: str, partition: int, after: int, limit: int) -> list[Event]:
        """Events of up to `limit` commits after a position, in order. Raises Transient where the producer is away."""
        ...
