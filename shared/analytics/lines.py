"""How events, states and documents are shown to people and programs: never with anything sealed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import orjson

from shared.contracts.catalogue import EVENTS, SEALED
from shared.kernel.events import Event

SEALED_SIGN = "[sealed]"

_CIPHERTEXT = ("sealed.", "eyJ")
"""How sealed values and encrypted evidence (JWE) begin."""

_REFERENCE = frozenset({"key", "event", "field", "sealed"})
_BREAKING = re.compile("[\x7f-\x9f\u2028\u2029]")
"""What JSON need not escape, but ends a line or moves the cursor somewhere."""

_WIDTHS = "{:<24}  {:<34} {:>9}  {:<44} {}"
HEADING = _WIDTHS.format("recorded_at", "event", "position", "stream", "actor")


def json_line(value: Any) -> str:
    """One line of JSON, whatever characters are in it: it can be split at newlines and nowhere else."""
    return _BREAKING.sub(lambda found: f"\\u{ord(found[0]):04x}", orjson.dumps(value).decode())


def without_sealed(event: Event) -> dict[str, Any]:
    """The envelope without sealed fields, and without any data where the type is not known here."""
    sealed = {field.name for field in SEALED.get(event.name, ())}
    known = event.name in EVENTS
    data = {name: shown(value) for name, value in event.data.items() if known and name not in sealed}
    return {**event.envelope(), "data": data}


def summary(event: Event) -> str:
    """One line for people: when, what, where in the log (partition/position), whose stream, by whom."""
    place = f"{event.partition}/{event.position}"
    line = _WIDTHS.format(event.recorded_at, event.name, place, event.stream, event.actor)
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)


def shown(value: Any) -> Any:
    """A state, document or field as JSON, with a sign in the place of whatever is sealed."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: shown(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        if value.keys() == _REFERENCE:
            return SEALED_SIGN
        return {str(name): shown(found) for name, found in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        found = [shown(one) for one in value]
        return sorted(found, key=str) if isinstance(value, set | frozenset) else found
    return SEALED_SIGN if isinstance(value, str) and value.startswith(_CIPHERTEXT) else value
