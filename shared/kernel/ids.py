"""Ids. Every id that follows from a command is derived from it, so the same command always makes the same ids."""

from __future__ import annotations

import re
import uuid

_NAMESPACE = uuid.UUID("6d656e74-6f72-5368-8970-000000000001")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def new_id() -> str:
    """A fresh random id: 32 hexadecimal characters."""
    return uuid.uuid4().hex


def derive(*parts: object) -> str:
    """The id that these parts always give: 32 hexadecimal characters.

    Reactions and retries use it, so that doing the same thing twice names the same thing.
    """
    return uuid.uuid5(_NAMESPACE, "\x1f".join(map(str, parts))).hex


def couple(one: str, other: str) -> str:
    """The id of two people taken together, whichever is named first."""
    return derive("couple", *sorted((one, other)))


def has_controls(id: str) -> bool:
    """Whether an id holds what no id from outside may: a control character stands between the parts of our own."""
    return _CONTROLS.search(id) is not None
