"""Links that cannot be guessed: each carries a proof that this gateway made it, and for what."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode

import orjson

from services.gateway.keyring import Keyring
from shared.kernel.errors import NotFound


class Links:
    """Any process with the same key file knows the links of the others; nothing is stored."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def proof(self, *parts: str | int) -> str:
        """43 characters that go with these parts alone."""
        return _proof(self._keyring()[0], parts)

    def check(self, proof: str, *parts: str | int) -> None:
        """Raises NotFound where the proof is not that of these parts."""
        if not any(hmac.compare_digest(proof.encode(), _proof(key, parts).encode()) for key in self._keyring()):
            raise NotFound


def _proof(key: bytes, parts: tuple[str | int, ...]) -> str:
    mac = hmac.digest(key, b"link\0" + orjson.dumps(parts), hashlib.sha256)
    return urlsafe_b64encode(mac).rstrip(b"=").decode()
