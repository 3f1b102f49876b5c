"""Who is asking: a bearer token and nothing else. No header of a client's making says who they are (SE-18)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from starlette.requests import Request

from services.gateway.problems import Problem
from shared.auth.tokens import Claims, InvalidToken
from shared.kernel.actor import Actor
from shared.kernel.errors import Refusal

NOBODY = Actor("anonymous")
"""Who acts where a route needs no token."""

RESERVED = frozenset({"system", NOBODY.id})
"""Names by which services know each other: no token of a person may carry one."""

_REMEMBERED = 10_000
_TRUSTED_FOR = 30.0


class SignInNeeded(Refusal):
    kind: ClassVar[str] = "unauthenticated"
    slug: ClassVar[str] = "sign-in-needed"
    sentence: ClassVar[str] = "Sign in first, and send the access token as Authorization: Bearer."


def refuse_other_origin(request: Request, public_url: str) -> None:
    """Raises a Problem for what a page of another site sends. There is no cookie that it could use either (SE-10)."""
    origin = request.headers.get("origin")
    own = urlsplit(public_url)
    if origin is not None and origin != f"{own.scheme}://{own.netloc}":
        raise Problem(403, "cross-origin", "This is for pages of this site alone.")


class Verifies(Protocol):
    """See `shared.auth.tokens.Verifier`."""

    def verify(self, token: str) -> Claims: ...


class Authenticator:
    """The claims of a request's token. A token that was just checked is not checked anew for half a minute."""

    def __init__(self, verifier: Verifies, now: Callable[[], float] = time.time) -> None:
        self._verifier = verifier
        self._now = now
        self._known: OrderedDict[str, tuple[float, Claims]] = OrderedDict()

    def claims(self, request: Request) -> Claims:
        """Raises SignInNeeded, or InvalidToken from the verifier."""
        headers = request.headers.getlist("authorization")
        scheme, _, token = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not token.strip():
            raise SignInNeeded
        return self._verified(token.strip())

    def seconds_left(self, request: Request) -> float:
        """How long the request's token is still good."""
        return self.claims(request).expires_at - self._now()

    def _verified(self, token: str) -> Claims:
        now = self._now()
        until, claims = self._known.get(token, (0.0, None))
        if claims is not None and now < until:
            return claims
        self._known.pop(token, None)
        claims = self._verifier.verify(token)
        if claims.sub in RESERVED:
            raise InvalidToken
        self._known[token] = (min(now + _TRUSTED_FOR, claims.expires_at), claims)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return claims
