"""Takes up what an older release parked because it did not know it, as soon as a release that does is there."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from shared.bus.port import Transient
from shared.kernel.events import Event
from shared.views.inbox import Inbox
from shared.views.store import ViewStore

_log = structlog.get_logger(__name__)

_EVERY = 2.0
"""Seconds: an older process may park such an event at any moment while it is being replaced."""


class Awaited:
    """`why` is what events are parked for; `knows` says of one whether this process can apply it."""

    def __init__(self, store: ViewStore, inbox: Inbox, why: str, knows: Callable[[Event], bool]) -> None:
        self._store = store
        self._inbox = inbox
        self._why = why
        self._knows = knows
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except Transient as error:
                _log.warning("parked events wait", why=str(error))
            self._stopping.wait(_EVERY)

    def stop(self) -> None:
        self._stopping.set()

    def look(self) -> None:
        """Apply each such stream again, in order, up to what still fails. Raises Transient."""
        for document in self._store.parked_for(self._why):
            event = Event.from_envelope(document["envelope"])
            if self._knows(event):
                done = self._inbox.retry(event.service, event.partition, event.stream)
                _log.info("parked events taken up", source=event.service, count=done["applied"])
