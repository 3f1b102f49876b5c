"""Erasures: seen through until every service has confirmed, and the receipts that tell how far they are (PR-07)."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

from services.gateway.auth import NOBODY
from services.gateway.problems import Problem
from services.gateway.rights import ERASURE_COMPLETED, Erasure, Rights
from services.gateway.rpc import Services
from shared.contracts.catalogue import SERVICES
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data, Event
from shared.kernel.ids import derive, new_id

_LOOK_EVERY = 0.25
_AGAIN_AFTER = 0.25
_AGAIN_AT_MOST = 30.0
"""Seconds until the services are asked again: twice as long each time."""
_ANSWER_WITHIN = 2.0
_RECEIPT = re.compile(r"(\d{1,4})-(\d{1,15})-([A-Za-z0-9_-]{43})", re.ASCII)

NOTE = (
    "Your words can be read no more: the keys that opened them are destroyed, in every copy and backup that is read "
    "with them. What a report disclosed to moderators is kept under the key of its case until the case, the time for "
    "an appeal and its retention are over."
)
"""The same for everybody: whether there is such a case is not told to the person it is about."""


class Erasures:
    """Asks the services about what is not confirmed yet, again and again; doing so twice changes nothing."""

    def __init__(self, services: Services, rights: Rights, now: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._rights = rights
        self._now = now
        self._next: dict[str, tuple[float, float]] = {}

    async def run(self) -> None:
        while True:
            await self.see_through()
            await asyncio.sleep(_LOOK_EVERY)

    async def see_through(self) -> None:
        """Ask about every open erasure that is due to be asked about."""
        waiting = self._rights.open_erasures()
        self._next = {one.id: self._next.get(one.id, (0.0, _AGAIN_AFTER)) for one in waiting}
        for erasure in waiting:
            at, pause = self._next[erasure.id]
            if self._now() >= at:
                self._next[erasure.id] = (self._now() + pause, min(pause * 2, _AGAIN_AT_MOST))
                await self.settle(erasure)

    async def settle(self, erasure: Erasure) -> dict[str, int]:
        """The keys destroyed, by service, of those that have confirmed; once all have, that is put on record."""
        found = await asyncio.gather(*(self._keys(service, erasure) for service in SERVICES))
        keys = {service: count for service, count in zip(SERVICES, found, strict=True) if count is not None}
        if len(keys) == len(SERVICES):
            try:
                await self._complete(erasure, keys)
            except (Unavailable, Problem):
                return keys  # it is asked again
        return keys

    async def _keys(self, service: str, erasure: Erasure) -> int | None:
        place = (erasure.partition, erasure.position)
        try:
            said = await self._services.erasure(service, erasure.person_id, *place, within=_ANSWER_WITHIN)
        except (Unavailable, Problem):
            return None
        return int(said["keys"]) if said["done"] else None

    async def _complete(self, erasure: Erasure, keys: dict[str, int]) -> None:
        context = {"actor": NOBODY.as_dict() | {"id": "system"}, "command_id": None, "correlation_id": new_id()}
        params = {"person_id": erasure.person_id}
        holds = (await self._services.ask("trust_safety", "holds", params, context)).answer["items"]
        data = {
            "person_id": erasure.person_id,
            "erasure_id": erasure.id,
            "keys": keys,
            "holds": [{"service": "trust_safety", **hold} for hold in holds],
        }
        command_id = derive(erasure.id, "completed")
        record = self._rights.record
        await asyncio.to_thread(record, ERASURE_COMPLETED, data, command_id, command_id, cause=erasure.id)

    async def receipt(self, erasure: Erasure) -> Data:
        """How far it is, without a word of whom it is about."""
        completed = await self._completed(erasure)
        keys: dict[str, int] = completed.data["keys"] if completed else await self.settle(erasure)
        if completed is None and len(keys) == len(SERVICES):
            completed = await self._completed(erasure)
        services = [_said(service, keys) for service in SERVICES]
        return {
            "status": "done" if completed else "partial" if keys else "pending",
            "requested_at": erasure.at,
            "completed_at": completed.recorded_at if completed else None,
            "services": services,
            "kept": [_kept(hold) for hold in (completed.data["holds"] if completed else ()) if hold["may_be_told"]],
            "note": NOTE,
        }

    async def _completed(self, erasure: Erasure) -> Event | None:
        history = await asyncio.to_thread(self._rights.history, erasure.person_id)
        done = (event for event in history if event.type == ERASURE_COMPLETED)
        return next((event for event in done if event.data["erasure_id"] == erasure.id), None)


def _said(service: str, keys: dict[str, int]) -> Data:
    return {
        "service": service,
        "status": "done" if service in keys else "pending",
        "keys_destroyed": keys.get(service, 0),
    }


def _kept(hold: Data) -> Data:
    return {"service": hold["service"], "why": hold["why"], "until": hold["until"]}


def place_of(receipt: str) -> tuple[int, int, str] | None:
    """Partition, position and proof in a receipt's name; None for what is none."""
    found = _RECEIPT.fullmatch(receipt)
    return (int(found[1]), int(found[2]), found[3]) if found else None
