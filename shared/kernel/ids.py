"""Ids. Every id that follows from a command is derived from it, so the same command always makes the same ids."""

from __future__ import annotations

import hashlib
import uuid

_NAMESPACE = uuid.UUID("6d656e74-6f72-5368-8970-000000000001")
_PREFIX = _NAMESPACE.bytes
_VERSION_5 = 0x5 << 76 | 0x8 << 60
_FREE = ~(0xF << 76 | 0xC << 60)


def new_id() -> str:
    """A fresh random id: 32 hexadecimal characters."""
    return uuid.uuid4().hex


def derive(*parts: object) -> str:
    """The id that these parts always give: 32 hexadecimal characters.

    Reactions and retries use it, so that doing the same thing twice names the same thing.
    """
    # What uuid.uuid5 does, in a third of its time: a run of recommendations asks a million times.
    digest = hashlib.sha1(_PREFIX + "\x1f".join(map(str, parts)).encode(), usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:16], 'big') & _FREE | _VERSION_5:032x}"


def couple(one: str, other: str) -> str:
    """The id of two people taken together, whichever is named first."""
    return derive("couple", *sorted((one, other)))
