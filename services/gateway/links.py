"""Links that cannot be guessed: each carries a proof that this gateway made it, and for what."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode

import orjson

from shared.kernel.errors import NotFound


class Links:
    """Any process with the same secret knows the links of the others; nothing is stored."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def proof(self, *parts: str | int) -> str:
        """43 characters that go with these parts alone."""
        mac = hmac.digest(self._secret, b"link\0" + orjson.dumps(parts), hashlib.sha256)
        return urlsafe_b64encode(mac).rstrip(b"=").decode()

    def check(self, proof: str, *parts: str | int) -> None:
        """Raises NotFound where the proof is not that of these parts."""
        if not hmac.compare_digest(proof.encode(), self.proof(*parts).encode()):
            raise NotFound
