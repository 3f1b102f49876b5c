"""Who is suspended: asked of trust_safety every second; the gateway fails closed on an old answer (SE-09, SE-19)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from services.gateway.auth import NOBODY
from services.gateway.problems import Problem
from services.gateway.routes.route import OWN_DATA, Route
from services.gateway.rpc import Services
from services.gateway.sessions import Sessions
from shared.kernel.errors import Forbidden, Unavailable
from shared.kernel.ids import new_id

_EVERY = 1.0
_ANSWER_WITHIN = 2.0
_TOO_OLD = 5.0
_NOBODY: Mapping[str, str] = {}


class Suspended(Forbidden):
    slug: ClassVar[str] = "suspended"
    sentence: ClassVar[str] = (
        "Your account is suspended. You can still read the reasons, appeal, report, block, and take or erase your data."
    )


class Standing:
    """The list of suspended people, and how old it is."""

    def __init__(
        self,
        services: Services,
        sessions: Sessions,
        dropped: Callable[[frozenset[str]], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`dropped` is called with everybody whose streams must end, each time that the list comes."""
        self._services = services
        self._sessions = sessions
        self._drop = dropped
        self._now = now
        self._people: frozenset[str] = frozenset()
        self._as_of = float("-inf")

    @property
    def fresh(self) -> bool:
        return self._now() - self._as_of <= _TOO_OLD

    def check(self, route: Route, person_id: str) -> None:
        """Raises Suspended, or Unavailable where it cannot be known and the route is not one that goes on anyway."""
        if route.even_suspended:
            return
        if person_id in self._people:
            raise Suspended
        if not self.fresh and not (route.in_query and route.who in OWN_DATA):
            raise Unavailable

    async def run(self) -> None:
        while True:
            started = self._now()
            await self.refresh()
            await asyncio.sleep(max(0.0, _EVERY - (self._now() - started)))

    async def refresh(self) -> None:
        asked_at = self._now()
        context = {"actor": NOBODY.as_dict() | {"id": "system"}, "command_id": None, "correlation_id": new_id()}
        try:
            reply = await self._services.ask("trust_safety", "sanctioned", {}, context, within=_ANSWER_WITHIN)
        except (Unavailable, Problem):
            return
        self.know(reply.answer.get("people", {}), asked_at, reply.answer.get("sessions_ended", {}))

    def know(self, people: dict[str, dict[str, Any]], as_of: float, ended: Mapping[str, str] = _NOBODY) -> None:
        """`ended`: when whose sessions were ended by a suspension, also by one that is over."""
        self._people = frozenset(person for person, what in people.items() if what.get("kind") == "suspended")
        self._as_of = as_of
        self._drop(self._people.union(self._sessions.suspended(ended)))
