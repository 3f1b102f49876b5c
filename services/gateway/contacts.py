"""Tells notifications how to reach a person: what their token says, when it is new to this process."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from services.gateway.problems import Problem
from services.gateway.rpc import Services
from shared.auth.tokens import Claims
from shared.kernel.errors import Unavailable
from shared.kernel.ids import new_id

_REMEMBERED = 20_000
_MOST_AT_ONCE = 50

_Contact = tuple[str | None, str | None, str | None]


class Contacts:
    """Fire and forget: no request waits for it, and a failure is tried again with the person's next request."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._told: OrderedDict[str, _Contact] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()

    def saw(self, claims: Claims) -> None:
        contact = (claims.email, claims.locale, claims.zoneinfo)
        if not any(contact) or self._told.get(claims.sub) == contact or len(self._running) >= _MOST_AT_ONCE:
            return
        self._told[claims.sub] = contact
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        task = asyncio.get_running_loop().create_task(self._tell(claims, contact))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _tell(self, claims: Claims, contact: _Contact) -> None:
        email, locale, timezone = contact
        data = {"person_id": claims.sub, "email": email, "locale": locale, "timezone": timezone}
        context = {"actor": claims.actor().as_dict(), "command_id": new_id(), "correlation_id": new_id()}
        try:
            await self._services.execute("notifications", "register_contact", data, context)
        except Unavailable:
            self._told.pop(claims.sub, None)
        except Problem as problem:
            # What notifications refuses stays refused until the token says something else.
            if problem.status >= 500:
                self._told.pop(claims.sub, None)
