"""Looks ahead where a service is behind: what must not happen any more is known before anything older is reacted to.

A block is answered once the services that it concerns have applied it, or after two seconds. So what is younger than
LATE may be reacted to as it comes, and so may anything within LATE of a look; before anything else comes a look at all
that was recorded since (BL-03).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from datetime import timedelta

from shared.bus.port import Feed, Transient
from shared.kernel.clock import Clock, from_text
from shared.kernel.events import Event

LATE = 1.0
"""Seconds: half of what a block waits for an answer; the other half is for clocks that differ and for the reaction."""
_PAGE = 500


class Scout:
    """Runs the reactions to the events `ahead` of their turn; in their turn they then change nothing."""

    def __init__(
        self,
        ahead: Collection[str],
        partitions: int,
        watermark: Callable[[str, int], int],
        feed: Feed,
        react: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        """`ahead` are names of events, as `service.Type`; the other arguments are those of a consumer."""
        self._ahead = frozenset(ahead)
        self._watermark = watermark
        self._feed = feed
        self._react = react
        self._clock = clock
        self._seen = {(name.partition(".")[0], number): 0 for name in ahead for number in range(partitions)}
        self._looked_at = float("-inf")
        self._one_at_a_time = threading.Lock()

    def before(self, event: Event) -> None:
        """Look, if this event is old. Raises Transient where that is not possible now."""
        if self._clock.now() - from_text(event.recorded_at) > timedelta(seconds=LATE):
            self.look()

    def look(self) -> bool:
        """Know what is ahead as of a moment ago. False where it was known already. Raises Transient."""
        with self._one_at_a_time:
            begun = time.monotonic()
            if begun - self._looked_at <= LATE:
                return False
            for source, partition in self._seen:
                self._read_on(source, partition)
            self._looked_at = begun
            return True

    def _read_on(self, source: str, partition: int) -> None:
        after = max(self._seen[source, partition], self._watermark(source, partition))
        while events := self._feed(source, partition, after, _PAGE):
            for event in events:
                if event.name in self._ahead:
                    self._try(event)
            self._seen[source, partition] = after = events[-1].position

    def _try(self, event: Event) -> None:
        try:
            self._react(event)
        except Transient:
            raise
        except Exception:  # noqa: BLE001 (in its turn it is parked, and seen; what waits for this look is another event)
            return
