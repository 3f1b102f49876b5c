"""A person's copy of their data, read from every service as it goes out: it lies nowhere meanwhile (PR-12)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.gateway.problems import Problem
from services.gateway.rights import Rights
from services.gateway.rpc import Services
from shared.application.footprint import entry
from shared.contracts.catalogue import SERVICES, SOURCES
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data

_AT_ONCE = 2
"""Pages that a process asks for at a time. Turns are by page, so a slow reader keeps nobody waiting."""
_TRIES = 3
_PAUSE = 0.5


@dataclass(slots=True)
class Tally:
    """What a copy has so far: `entries` by service, `missing` services that could not be read to their end."""

    entries: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))
    missing: list[str] = field(default_factory=list)

    def status(self, service: str) -> str:
        return "missing" if service in self.missing else "done"


class Copies:
    """Reads the logs of all services, one after the other."""

    def __init__(self, services: Services, rights: Rights) -> None:
        self._services = services
        self._rights = rights
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._busy: set[str] = set()

    @contextmanager
    def alone(self, person_id: str) -> Iterator[None]:
        """One copy of a person at a time. Raises a Problem where another is going out."""
        if person_id in self._busy:
            raise Problem(429, "copy-under-way", "A copy of your data is going out already. Wait until it is there.")
        self._busy.add(person_id)
        try:
            yield
        finally:
            self._busy.discard(person_id)

    async def read(self, person_id: str, tally: Tally) -> AsyncIterator[list[Data]]:
        """Entries as services give them, all of one service before the next. Ends early where the person is forgotten

        meanwhile.
        """
        erased_at = self._rights.erased_at(person_id)
        for service in SOURCES:
            try:
                async for items in self._of_service(service, person_id):
                    if self._rights.erased_at(person_id) != erased_at:
                        tally.missing = list(SOURCES)
                        return
                    tally.entries[service] += len(items)
                    yield items
            except (Unavailable, Problem):
                tally.missing.append(service)

    async def _of_service(self, service: str, person_id: str) -> AsyncIterator[list[Data]]:
        if service not in SERVICES:
            history = await asyncio.to_thread(self._rights.history, person_id)
            # The gateway seals nothing, so there is nothing to open.
            yield [found for event in history if (found := entry(event, person_id, lambda _reference: None))]
            return
        place: list[int] | None = None
        while True:
            page = await self._page(service, person_id, place)
            yield page["items"]
            place = page["next"]
            if place is None:
                return

    async def _page(self, service: str, person_id: str, place: list[int] | None) -> Data:
        for _ in range(_TRIES - 1):
            try:
                return await self._asked(service, person_id, place)
            except (Unavailable, Problem):
                await asyncio.sleep(_PAUSE)
        return await self._asked(service, person_id, place)

    async def _asked(self, service: str, person_id: str, place: list[int] | None) -> Data:
        async with self._slots:
            return await self._services.footprint(service, person_id, place)
