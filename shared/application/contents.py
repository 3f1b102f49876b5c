"""The version of a thing by what it says, where it is a part of a stream whose own version would tell of the rest."""

from __future__ import annotations

import hashlib
import json
from typing import Any

_BYTES = 6


def version_of(content: Any) -> int:
    """A number for anything that is JSON: the same content has the same one."""
    canonical = json.dumps(content, sort_keys=True)
    return int.from_bytes(hashlib.sha256(canonical.encode()).digest()[:_BYTES])
