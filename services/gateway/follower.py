"""Follows the gateway's own log: what one process puts on record, every process knows within moments (SE-09)."""

from __future__ import annotations

import asyncio
import threading
from typing import Final

import structlog

from services.gateway.live import Hub
from services.gateway.rights import ERASED, Rights
from services.gateway.sessions import ENDED, Sessions
from shared.eventlog import EventLog
from shared.kernel.events import Event

_log = structlog.get_logger(__name__)

_PAGE = 500
_PAUSE = 1.0
_END_STREAMS: Final = frozenset({ERASED, ENDED})


class Follower:
    """Reads every partition from the first event on, each in a thread; what it learns of streams goes to the loop."""

    def __init__(self, log: EventLog, rights: Rights, sessions: Sessions, hub: Hub) -> None:
        self._log = log
        self._rights = rights
        self._sessions = sessions
        self._hub = hub
        self._unread = set(range(log.partitions))
        self._stopping = threading.Event()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        for number in range(self._log.partitions):
            arguments = number, loop
            threading.Thread(target=self._follow, args=arguments, name=f"rights-{number}", daemon=True).start()

    def stop(self) -> None:
        """It ends within a second or two."""
        self._stopping.set()

    def _follow(self, partition: int, loop: asyncio.AbstractEventLoop) -> None:
        after = 0
        while not self._stopping.is_set():
            try:
                commits = self._log.feed(partition, after, _PAGE)
                for commit in commits:
                    for event in commit.events:
                        self._learn(event, loop)
                    after = commit.position
                if not commits:
                    self._unread.discard(partition)
                    self._sessions.known = not self._unread
                self._log.wait(partition, after, _PAUSE)
            except Exception as error:  # noqa: BLE001 (the store is away: it comes back)
                _log.warning("own log is away", error=type(error).__name__)
                self._stopping.wait(_PAUSE)

    def _learn(self, event: Event, loop: asyncio.AbstractEventLoop) -> None:
        self._rights.note(event)
        self._sessions.note(event)
        if event.type in _END_STREAMS and not loop.is_closed():
            # Of a new session a stream may be ended too, where the log is read from its begin: clients come back.
            loop.call_soon_threadsafe(self._hub.drop_people, frozenset({event.data["person_id"]}))
