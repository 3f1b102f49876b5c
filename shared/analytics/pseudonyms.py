"""Names that hold within one export only (PR-15).

The key of an export that is made once lives in memory and goes with the process. An export that grows needs its key
again: it lies in a file that the operator keeps apart from the export, and whoever deletes it ends the growing.
"""

from __future__ import annotations

import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from shared.kernel.actor import SYSTEM
from shared.runtime.faults import Fault

_BYTES = 16
_KEY = 32
_REMEMBERED = 100_000


class Pseudonyms:
    """The same id gets the same name within this export, in whatever column; in another export, another name."""

    def __init__(self, key: bytes | None = None) -> None:
        self.key = key or secrets.token_bytes(_KEY)
        self.of = lru_cache(_REMEMBERED)(self._of)
        self.shift = lru_cache(_REMEMBERED)(self._shift)

    @property
    def export_id(self) -> str:
        """Tells one export from another, and whether a key is its own."""
        return self._of("this export")

    def _of(self, value: str) -> str:
        """32 hexadecimal characters. The system itself is nobody's secret and keeps its name."""
        if value == SYSTEM.id:
            return value
        return hmac.digest(self.key, value.encode(), "sha256")[:_BYTES].hex()

    def _shift(self, stream: str) -> int:
        """Where the numbers of a stream begin in this export: the same for all of its events."""
        return int(self._of(f"shift {stream}")[:6], 16)


def read_key(path: Path) -> bytes:
    """Raises Fault where the file holds no key."""
    try:
        key = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError):
        key = b""
    if len(key) != _KEY:
        raise Fault(f"{path} holds no key of an export: without its key an export cannot grow.")
    return key


def write_key(path: Path, key: bytes) -> None:
    """For the owner's eyes. Raises OSError, FileExistsError too."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
