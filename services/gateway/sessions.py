"""Which tokens are over: those from before their person was suspended or signed out (SE-09).

A token cannot be taken back, so what is kept is the moment before which a person's tokens count no more. It outlasts a
suspension, and is forgotten when no token can be as old.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from shared.auth.tokens import LEEWAY, LONGEST, Claims, InvalidToken
from shared.kernel.clock import from_text
from shared.kernel.errors import Unavailable
from shared.kernel.events import Event

ENDED = "SessionsEnded"
_FORGET_FROM = 10_000


class Sessions:
    """What ended whose sessions. May be told from any thread."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._suspended = _Moments(now)
        self._signed_out = _Moments(now)
        self.known = False
        """Whether the gateway's own log has been read to its end once: until then nobody is let in."""

    def check(self, claims: Claims) -> None:
        """Raises InvalidToken where the token is from before the end of the person's sessions, or Unavailable."""
        if not self.known:
            raise Unavailable
        if self._suspended.over(claims) or self._signed_out.over(claims):
            raise InvalidToken

    def note(self, event: Event) -> None:
        """What the gateway's own log says has happened."""
        if event.type == ENDED:
            self._signed_out.put(event.data["person_id"], event.recorded_at)

    def suspended(self, moments: Mapping[str, str]) -> Iterable[str]:
        """When who was suspended, as trust_safety says; gives those of whom it is news."""
        return [person_id for person_id, at in moments.items() if self._suspended.put(person_id, at)]


class _Moments:
    """By person the last moment whose tokens are over.

    One that has not come yet is taken for the moment when it was first heard of: the clock of services can be shifted
    (ADR 0013), that of tokens cannot.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._told: dict[str, str] = {}
        self._over: dict[str, float] = {}
        self._forget_at = _FORGET_FROM

    def over(self, claims: Claims) -> bool:
        return claims.issued_at <= self._over.get(claims.sub, float("-inf"))

    def put(self, person_id: str, at: str) -> bool:
        """True where it is news, and a token may still be as old."""
        if at <= self._told.get(person_id, ""):
            return False
        now = self._now()
        moment = min(from_text(at).timestamp(), now)
        if not _matters(moment, now):
            return False
        self._told[person_id], self._over[person_id] = at, moment
        if len(self._over) >= self._forget_at:
            self._forget(now)
        return True

    def _forget(self, now: float) -> None:
        for person_id, moment in list(self._over.items()):
            if not _matters(moment, now):
                del self._told[person_id], self._over[person_id]
        self._forget_at = max(_FORGET_FROM, 2 * len(self._over))


def _matters(moment: float, now: float) -> bool:
    """Whether a token from before may still be good."""
    return moment > now - LONGEST - 2 * LEEWAY
