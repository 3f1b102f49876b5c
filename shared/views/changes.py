"""The few ways a view changes. A view function takes an event and gives changes; it reads nothing and keeps nothing.

So a rebuilt view is the live one, byte for byte, whatever the order in which *different* sources arrived: fields of a
document that come from different sources must not overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.kernel.events import Event


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the document `id` in `view`. `update` is None to remove it."""

    view: str
    id: str
    update: Mapping[str, Any] | None
    upsert: bool = True


ViewFunction = Callable[[Event], Sequence[Change]]
Views = Mapping[str, ViewFunction]
"""Per event name `service.Type`, what it changes."""


def put(view: str, id: str, **fields: Any) -> Change:
    """Set fields of a document, making it where it is missing. Dots in a name reach into it (`**{"a.b": 1}`)."""
    return Change(view, id, {"$set": fields})


def amend(view: str, id: str, **operators: Mapping[str, Any]) -> Change:
    """Update operators by name: set, inc, push, pull, unset, max, min, add (to a set). Makes a missing document."""
    return Change(view, id, {_OPERATOR[name]: fields for name, fields in operators.items()})


def amend_existing(view: str, id: str, **operators: Mapping[str, Any]) -> Change:
    """Like `amend`, but does nothing where the document is missing."""
    return Change(view, id, {_OPERATOR[name]: fields for name, fields in operators.items()}, upsert=False)


def remove(view: str, id: str) -> Change:
    """Take a document out."""
    return Change(view, id, None)


_OPERATOR = {
    "set": "$set",
    "inc": "$inc",
    "push": "$push",
    "pull": "$pull",
    "unset": "$unset",
    "max": "$max",
    "min": "$min",
    "add": "$addToSet",
}
