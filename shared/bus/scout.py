"""Looks ahead where a service is behind: what must not happen any more is known before anything older is reacted to.

A block is answered once the services that it concerns have applied it, or after two seconds. So what is younger than
LATE may be reacted to as it comes, and so may anything within KNOWN of the beginning of a look; before anything else
comes a look at all that was recorded until then (BL-03). Commands of people that look ahead have no age: they need a
look that is still good (BL-02).
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection
from datetime import timedelta

from shared.bus.port import Feed, Transient
from shared.kernel.abreast import side_by_side
from shared.kernel.clock import Clock, from_text
from shared.kernel.events import Event

LATE = 1.0
"""Seconds: half of what a block waits for an answer; the other half is for clocks that differ and for the reaction."""
KNOWN = 1.5
"""Seconds that a look is good for, of the two that a block waits; the rest is for the reaction, or the commit."""
WITHIN = 3.0
"""Seconds after which a source that does not answer a look counts as away."""
_SOON = KNOWN / 3
"""Seconds after which the next look is begun beside the reactions: where a look takes long, none waits for it."""
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
        self._looked_at = self._failed_at = float("-inf")
        self._one_at_a_time = threading.Lock()

    def before(self, event: Event) -> None:
        """Look, if this event is old. Raises Transient where that is not possible now."""
        if self._clock.now() - from_text(event.recorded_at) > timedelta(seconds=LATE):
            self.look()

    def look(self) -> bool:
        """Know what is ahead as of a moment ago. False where it was known already. Raises Transient."""
        if self._known_for(KNOWN):
            if not self._known_for(_SOON) and not self._one_at_a_time.locked():
                threading.Thread(target=self._look_beside, daemon=True).start()
            return False
        came = time.monotonic()
        with self._one_at_a_time:
            if self._known_for(KNOWN):
                return False
            if self._failed_at >= came:
                raise Transient("whoever looked meanwhile could not")  # all that wait fail together, not one by one
            self._look()
            return True

    def _known_for(self, seconds: float) -> bool:
        return time.monotonic() - self._looked_at <= seconds

    def _look_beside(self) -> None:
        with self._one_at_a_time, contextlib.suppress(Transient):  # who needs it looks again, and is told
            if not self._known_for(_SOON):
                self._look()

    def _look(self) -> None:
        begun = time.monotonic()
        try:
            side_by_side(lambda place: self._read_on(*place), list(self._seen))
        except Transient:
            self._failed_at = time.monotonic()
            raise
        self._looked_at = begun

    def _read_on(self, source: str, partition: int) -> None:
        """Up to where the log was at the beginning, or a little further: its end is never reached while it grows."""
        after = max(self._seen[source, partition], self._watermark(source, partition))
        while events := self._feed(source, partition, after, _PAGE):
            for event in events:
                if event.name in self._ahead:
                    self._try(event)
            self._seen[source, partition] = reached = events[-1].position
            if reached < after + _PAGE:
                return
            after = reached

    def _try(self, event: Event) -> None:
        try:
            self._react(event)
        except Transient:
            raise
        except Exception:  # noqa: BLE001 (in its turn it is parked, and seen; what waits for this look is another event)
            return
