"""The process's own keys, out of its key file: every purpose has keys of its own, and a new key ends nothing."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence

Keyring = Callable[[], Sequence[bytes]]
"""The keys there are at this moment, 32 bytes each, newest first: the first makes, each verifies what it made."""


def of(keyring: Keyring, purpose: str) -> Keyring:
    """Keys for one purpose: what is made with them says nothing of any other's."""
    return lambda: [hmac.digest(key, purpose.encode(), hashlib.sha256) for key in keyring()]
