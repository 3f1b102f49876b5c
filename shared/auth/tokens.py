"""Access tokens as in RFC 9068. Every check of SE-07 is made here and nowhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from joserfc import jwt
from joserfc.errors import JoseError, MissingKeyError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from shared.auth.keys import KeyFinder
from shared.kernel.actor import Actor
from shared.kernel.errors import Refusal
from shared.kernel.ids import has_controls

ALGORITHMS = ("ES256", "Ed25519", "PS256", "RS256")
TYPES = ("at+jwt", "application/at+jwt")
LEEWAY = 30.0
"""Seconds by which clocks may differ."""

LONGEST = 24 * 3600.0
"""Seconds that a token may be good for at most: so long it is remembered whose sessions were ended (SE-09)."""

MAX_LENGTH = 8192
_OWN_KEYS = frozenset({"jwk", "jku", "x5u", "x5c"})
_GROUP_ROLES = ("admin", "member")
_ID_LENGTH = 128


class InvalidToken(Refusal):
    """The token proves nothing. The sentence does not say which check failed."""

    kind: ClassVar[str] = "unauthenticated"
    slug: ClassVar[str] = "token-invalid"
    sentence: ClassVar[str] = "This access token is not valid here. Sign in again."


class ExpiredToken(InvalidToken):
    slug: ClassVar[str] = "token-expired"
    sentence: ClassVar[str] = "This access token has expired. Sign in again."


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. Times are seconds since 1970; `groups` maps a group id to "admin" or "member"."""

    sub: str
    issued_at: float
    expires_at: float
    token_id: str
    client_id: str
    groups: Mapping[str, str]
    roles: frozenset[str]
    adult: bool
    name: str | None = None
    email: str | None = None
    locale: str | None = None
    zoneinfo: str | None = None
    auth_time: float | None = None
    """When the person last proved who they are; a token may be renewed without that."""

    def actor(self) -> Actor:
        return Actor(self.sub, self.groups, self.roles, self.adult, self.name)


class Verifier:
    """Verifies tokens of one issuer for one audience. Uses no network; safe to call from anywhere."""

    def __init__(self, issuer: str, audience: str, keys: KeyFinder, now: Callable[[], float] = time.time) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._now = now
        self._registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)

    def verify(self, token: str) -> Claims:
        """The claims of a good token. Raises InvalidToken, or ExpiredToken for one that was good."""
        if len(token) > MAX_LENGTH:
            raise InvalidToken
        try:
            read = jwt.decode(token, self._key_for, ALGORITHMS, self._registry)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise InvalidToken from error
        if str(read.header.get("typ", "")).lower() not in TYPES:
            raise InvalidToken
        return self._check(read.claims)

    def _key_for(self, signed: Any) -> Key:
        header = signed.headers()
        kid = header.get("kid")
        key = self._keys(kid) if isinstance(kid, str) and not _OWN_KEYS & header.keys() else None
        if key is None:
            raise MissingKeyError
        return key

    def _check(self, claims: Mapping[str, Any]) -> Claims:
        now = self._now()
        audience = claims.get("aud")
        if claims.get("iss") != self._issuer:
            raise InvalidToken
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidToken
        if _moment(claims, "iat") > now + LEEWAY or _moment(claims, "nbf", 0.0) > now + LEEWAY:
            raise InvalidToken
        read = _read(claims)
        if read.expires_at - read.issued_at > LONGEST:
            raise InvalidToken
        if read.expires_at + LEEWAY <= now:
            raise ExpiredToken
        return read


def _read(claims: Mapping[str, Any]) -> Claims:
    roles = claims.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise InvalidToken
    return Claims(
        sub=_id(claims, "sub"),
        issued_at=_moment(claims, "iat"),
        expires_at=_moment(claims, "exp"),
        token_id=_id(claims, "jti"),
        client_id=_id(claims, "client_id"),
        groups=_groups(claims.get("groups", [])),
        roles=frozenset(roles),
        adult=claims.get("age_over_18") is True,
        auth_time=_moment(claims, "auth_time") if "auth_time" in claims else None,
        **{name: _text(claims, name) for name in ("name", "email", "locale", "zoneinfo")},
    )


def _moment(claims: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken
    return float(value)


def _id(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _ID_LENGTH or has_controls(value):
        raise InvalidToken
    return value


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None


def _groups(value: object) -> dict[str, str]:
    if not isinstance(value, list):
        raise InvalidToken
    found: dict[str, str] = {}
    for group in value:
        if not isinstance(group, dict) or group.get("role") not in _GROUP_ROLES:
            raise InvalidToken
        found[_id(group, "id")] = group["role"]
    return found
