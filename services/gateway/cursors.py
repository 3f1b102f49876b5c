"""Cursors of lists: opaque, signed, and good only for the list and the person that they were given to (SE-17)."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson

from services.gateway.keyring import Keyring
from services.gateway.problems import Problem

_SIGNATURE_BYTES = 16
_LONGEST = 2000


class Cursors:
    """Turns a service's cursor, any JSON, into a word for the outside and back."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, cursor: Any, path: str, person_id: str) -> str:
        payload = orjson.dumps(cursor)
        signature = _signature(self._keyring()[0], payload, path, person_id)
        return urlsafe_b64encode(signature + payload).rstrip(b"=").decode()

    def open(self, token: str, path: str, person_id: str) -> Any:
        """Raises a Problem where the token was not given to this person for this list."""
        try:
            raw = urlsafe_b64decode(token[:_LONGEST].encode("ascii") + b"=" * (-len(token) % 4))
        except ValueError:
            raw = b""
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        good = [_signature(key, payload, path, person_id) for key in self._keyring()]
        if not any(hmac.compare_digest(signature, one) for one in good):
            raise Problem(400, "bad-cursor", "This cursor does not belong to this list. Start again without one.")
        return orjson.loads(payload)


def _signature(key: bytes, payload: bytes, path: str, person_id: str) -> bytes:
    bound = orjson.dumps([path, person_id]) + payload
    return hmac.digest(key, b"cursor\0" + bound, hashlib.sha256)[:_SIGNATURE_BYTES]
