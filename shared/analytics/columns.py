"""What of each event type an analyst gets, decided by its schema: nothing that is not known to be harmless.

Sealed fields are left out. Numbers, truth values and words of closed lists are kept, where enough people share them
(crowds.py). Moments are cut to the hour, or more coarsely on request. Every other text is an id, or might be one, and
gets a pseudonym, except for the few fields named below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

import orjson
from marshmallow import fields, validate

from shared.analytics.pseudonyms import Pseudonyms
from shared.contracts.catalogue import EVENTS
from shared.kernel.events import Event

Kind: TypeAlias = Literal["string", "int64", "double", "bool", "json"]
Treatment: TypeAlias = Literal["kept", "shifted", "pseudonym", "hour", "left out"]
Time: TypeAlias = Literal["hour", "day", "month"]

LENGTH_OF: Mapping[Time, int] = {"hour": 13, "day": 10, "month": 7}
"""How much of a moment's text is shown."""

OPEN_WORDS = frozenset({"template_id", "step_id", "step_ids", "kind", "channel", "why", "error", "reason"})
"""Machine words without a closed list in their schema: they name things of the system, never people."""

OWN_STRUCTURES = frozenset({"settings", "check_in", "channels", "policies", "preferences", "fairness", "attempt"})
"""Structured fields that hold words and numbers of the system only."""

EVIDENCE = frozenset({"evidence", "evidence_key", "commitment", "inputs_hash", "seed"})
"""Ciphertext, keys, digests and lots: of no use to an analyst, and a bridge between two exports."""

KNOWN_KEYS = frozenset({"score", *(name for schema in EVENTS.values() for name in schema._declared_fields)})  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `kind` is its type, `treatment` what was done to its values."""

    name: str
    kind: Kind
    treatment: Treatment


ENVELOPE = (
    Column("event_id", "string", "pseudonym"),
    Column("event_version", "int64", "kept"),
    Column("stream", "string", "pseudonym"),
    Column("stream_seq", "int64", "shifted"),
    Column("event_index", "int64", "kept"),
    Column("recorded_hour", "string", "hour"),
    Column("actor", "string", "pseudonym"),
    Column("correlation_id", "string", "pseudonym"),
    Column("causation_id", "string", "pseudonym"),
)
"""What every event has. (stream, stream_seq, event_index) is the order of what happened to one thing; the numbers of a

stream begin anywhere, so that its length does not tell which one it is.
"""


def column(name: str, field: fields.Field[Any]) -> Column:
    """How a field of an event appears, or that it does not."""
    if field.metadata.get("class") not in {"internal", "public"} or name in EVIDENCE:
        return Column(name, "json", "left out")
    if isinstance(field, fields.Boolean):
        return Column(name, "bool", "kept")
    if isinstance(field, fields.Integer):
        return Column(name, "int64", "kept")
    if isinstance(field, fields.Float):
        return Column(name, "double", "kept")
    if isinstance(field, fields.String):
        return Column(name, "string", _treatment_of_text(name, field))
    return Column(name, "json", "kept" if name in OWN_STRUCTURES | OPEN_WORDS else "pseudonym")


def _treatment_of_text(name: str, field: fields.String) -> Treatment:
    if name.endswith("_at") or name == "until":
        return "hour"
    closed = any(isinstance(rule, validate.OneOf) for rule in field.validators)
    return "kept" if closed or name in OPEN_WORDS else "pseudonym"


@cache
def all_columns(event_name: str) -> tuple[Column, ...]:
    """Every field of an event type `service.Type`, those that are left out included; () for an unknown type."""
    schema = EVENTS.get(event_name)
    return tuple(column(name, field) for name, field in schema._declared_fields.items()) if schema else ()  # noqa: SLF001


@cache
def data_columns(event_name: str) -> tuple[Column, ...]:
    """The fields that an export has."""
    return tuple(found for found in all_columns(event_name) if found.treatment != "left out")


def columns(event_name: str) -> tuple[Column, ...]:
    """All columns of an event type in an export. They follow from its schema alone, so they are always the same."""
    return ENVELOPE + data_columns(event_name)


@cache
def plain_columns(event_name: str) -> tuple[Column, ...]:
    """Those whose values are shown as they are, but for the minutes."""
    return tuple(known for known in columns(event_name) if known.treatment in {"kept", "hour"})


def row(event: Event, names: Pseudonyms, time: Time = "hour") -> dict[str, Any]:
    """One event as an analyst sees it, whatever others there are."""
    envelope = {
        "event_id": event.id,
        "event_version": event.version,
        "stream": event.stream,
        "stream_seq": event.seq + names.shift(event.stream),
        "event_index": event.index,
        "recorded_hour": event.recorded_at,
        "actor": event.actor,
        "correlation_id": event.correlation_id,
        "causation_id": event.causation_id,
    }
    treated = {known.name: _treated(known, envelope[known.name], names, time) for known in ENVELOPE}
    for known in data_columns(event.name):
        treated[known.name] = _treated(known, event.data.get(known.name), names, time)
    return treated


def plain(event: Event, time: Time) -> dict[str, Any]:
    """What of a row is shown as it is: no pseudonym has to be made for it."""
    envelope = {"event_version": event.version, "event_index": event.index, "recorded_hour": event.recorded_at}
    values = {**event.data, **envelope}
    return {known.name: _shown(known, values.get(known.name), time) for known in plain_columns(event.name)}


def _treated(known: Column, value: Any, names: Pseudonyms, time: Time) -> Any:
    if known.treatment in {"kept", "hour"}:
        return _shown(known, value, time)
    if known.kind == "json":
        return _without_names(value, names)
    if not isinstance(value, _PYTHON_TYPE[known.kind]):
        return None
    return names.of(str(value)) if known.treatment == "pseudonym" else value


def _shown(known: Column, value: Any, time: Time) -> Any:
    if known.kind == "json":
        return value
    if not isinstance(value, _PYTHON_TYPE[known.kind]):
        return None
    if known.treatment == "hour":
        return str(value)[: LENGTH_OF[time]] + (":00Z" if time == "hour" else "")
    return value


def _without_names(value: Any, names: Pseudonyms) -> Any:
    """Among ids, numbers with many digits would be as good as a name: one digit of them is left."""
    if isinstance(value, str):
        return names.of(value)
    if isinstance(value, float):
        return round(value, 1)
    if isinstance(value, int) and not isinstance(value, bool):
        return round(value, 1 - len(str(abs(value))))
    if isinstance(value, list):
        return [_without_names(item, names) for item in value]
    if isinstance(value, dict):
        return {key if key in KNOWN_KEYS else names.of(key): _without_names(item, names) for key, item in value.items()}
    return value


_PYTHON_TYPE: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "int64": int,
    "double": (int, float),
    "bool": bool,
}


def as_text(value: Any) -> str | None:
    """A structured value as a Parquet column holds it: JSON with sorted keys."""
    return None if value is None else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
