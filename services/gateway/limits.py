"""Limits on what one caller may send, and how often (SE-16)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from starlette.requests import Request

from services.gateway.problems import Problem
from services.gateway.routes.route import Route

MAX_BODY = 64 * 1024
_BURST_SECONDS = 10
_MOST_CALLERS = 50_000


class Rate:
    """A token bucket per caller: `per_second` on the long run, ten seconds' worth (or `burst`) at once. 0: no limit."""

    def __init__(
        self, per_second: float, now: Callable[[], float] = time.monotonic, *, burst: int | None = None
    ) -> None:
        self._rate = per_second
        self._burst = per_second * _BURST_SECONDS if burst is None else burst
        self._now = now
        self._callers: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count one request. Raises a Problem where there were too many."""
        if not self._rate:
            return
        now = self._now()
        left, at = self._callers.pop(caller, (float(self._burst), now))
        left = min(self._burst, left + (now - at) * self._rate)
        self._callers[caller] = (max(left - 1, 0) if left >= 1 else left, now)
        while len(self._callers) > _MOST_CALLERS:
            self._callers.popitem(last=False)
        if left < 1:
            wait = {"Retry-After": str(ceil((1 - left) / self._rate))}
            raise Problem(429, "too-many-requests", "Too many requests. Wait a little, then go on.", headers=wait)


class Rates:
    """A rate for each person and each route that says so, beside what they may ask for in all."""

    def __init__(self, on: bool, now: Callable[[], float] = time.monotonic) -> None:
        self._on = on
        self._now = now
        self._of: dict[str, Rate] = {}

    def take(self, route: Route, person_id: str) -> None:
        """Count one request. Raises a Problem where there were too many."""
        if not self._on or route.per_minute is None:
            return
        if route.key not in self._of:
            self._of[route.key] = Rate(route.per_minute / 60, self._now, burst=route.per_minute)
        self._of[route.key].take(person_id)


async def read_body(request: Request) -> bytes:
    """The body, up to 64 KiB. Raises a Problem where there is more, without reading it."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_BODY:
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise _too_large()
    return bytes(body)


def _too_large() -> Problem:
    return Problem(413, "body-too-large", f"The body may have at most {MAX_BODY // 1024} KiB.")
