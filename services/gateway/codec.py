"""JSON at the edge: strict on the way in, so that no two readers of the same bytes can see different things."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import orjson

from shared.kernel.errors import Invalid

MAX_DEPTH = 16
_MAX_NUMBER = 2**53
_BROKEN = "The body is not valid JSON."


class BrokenJson(ValueError):
    """Not JSON, or JSON that readers may understand differently. The message is a sentence without any of the input."""


def to_json(value: Any) -> bytes:
    return orjson.dumps(value)


def read_json(body: bytes) -> Any:
    """The value of a JSON text. Raises BrokenJson, or Invalid for text that cannot be stored.

    Names given twice, NaN, Infinity, numbers that lose digits and nesting beyond 16 levels are refused.
    """
    try:
        value = json.loads(body.decode(), object_pairs_hook=_once_each, parse_constant=_no_number)
    except BrokenJson:
        raise
    except (ValueError, RecursionError):
        raise BrokenJson(_BROKEN) from None
    _check(value, 0)
    return value


def storable(text: str) -> bool:
    """Whether every store and codec behind the gateway can hold this text."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BrokenJson("The body names a member twice.")
    return found


def _no_number(_text: str) -> NoReturn:
    raise BrokenJson(_BROKEN)


def _check(value: Any, depth: int) -> None:
    if depth >= MAX_DEPTH and isinstance(value, dict | list):
        raise BrokenJson(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, dict):
        for name, member in value.items():
            _check(name, depth)
            _check(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            _check(member, depth + 1)
    elif isinstance(value, str):
        if not storable(value):
            raise Invalid("The body contains characters that cannot be stored.")
    elif isinstance(value, int | float) and not -_MAX_NUMBER <= value <= _MAX_NUMBER:
        raise BrokenJson("The body contains a number that is too large.")
