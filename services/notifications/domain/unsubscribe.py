"""Tokens of unsubscribe links: unguessable, valid for one kind of one person, never expiring (NO-10, NO-11).

A token is base64 of `mac (32 bytes) + kind + NUL + person id`. It names the person by id, never by address.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

_MAC_BYTES = 32


@dataclass(frozen=True, slots=True)
class Token:
    """What a token claims; `fits` says whether it is true."""

    person_id: str
    kind: str
    mac: bytes

    def fits(self, secret: str) -> bool:
        return hmac.compare_digest(self.mac, _mac(secret, self.person_id, self.kind))


def make_token(secret: str, person_id: str, kind: str) -> str:
    body = _mac(secret, person_id, kind) + f"{kind}\x00{person_id}".encode()
    return urlsafe_b64encode(body).decode().rstrip("=")


def read_token(text: str) -> Token | None:
    """The claim of a token, or None where the text is no token at all."""
    try:
        body = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        kind, _, person_id = body[_MAC_BYTES:].decode().partition("\x00")
    except ValueError:
        return None
    return Token(person_id, kind, body[:_MAC_BYTES]) if kind and person_id else None


def _mac(secret: str, person_id: str, kind: str) -> bytes:
    return hmac.digest(secret.encode(), f"{kind}\x00{person_id}".encode(), "sha256")
