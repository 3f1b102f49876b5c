"""Names that hold within one export only. The key lives in memory and goes with the process (PR-15)."""

from __future__ import annotations

import hmac
import secrets

from shared.kernel.actor import SYSTEM

_BYTES = 16


class Pseudonyms:
    """The same id gets the same name within this export, in whatever column; in another export, another name."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def of(self, value: str) -> str:
        """32 hexadecimal characters. The system itself is nobody's secret and keeps its name."""
        if value == SYSTEM.id:
            return value
        return hmac.digest(self._key, value.encode(), "sha256")[:_BYTES].hex()

    def shift(self, stream: str) -> int:
        """Where the numbers of a stream begin in this export: the same for all of its events."""
        return int(self.of(f"shift {stream}")[:6], 16)
