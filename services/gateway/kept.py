"""An answer that is kept for a moment, so that however many ask it is looked for once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Kept(Generic[Found]):
    """What `ask` gave, for `seconds` from when it was asked. Who comes meanwhile waits for the same answer."""

    def __init__(self, ask: Callable[[], Awaitable[Found]], seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asked: asyncio.Future[Found] | None = None
        self._at = 0.0

    async def get(self) -> Found:
        """Raises what `ask` raises."""
        now = asyncio.get_running_loop().time()
        if self._asked is None or (self._asked.done() and now - self._at >= self._seconds):
            self._asked, self._at = asyncio.ensure_future(self._ask()), now
        return await asyncio.shield(self._asked)
