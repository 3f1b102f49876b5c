"""Every event type of every service, found by its name `service.Type`."""

from __future__ import annotations

import inspect
from types import ModuleType

from shared.contracts import conversations, gateway, matching, notifications, programs, trust_safety
from shared.contracts.base import EventSchema, SealedField, sealed_fields

SERVICES = ("programs", "matching", "conversations", "trust_safety", "notifications")
"""The services with an event log behind RPC, in the order in which they are started."""

SOURCES = (*SERVICES, "gateway")
"""Every publisher of events."""


def _events_of(module: ModuleType) -> dict[str, type[EventSchema]]:
    service = module.__name__.rpartition(".")[2]
    return {
        f"{service}.{name}": found
        for name, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, EventSchema) and found.__module__ == module.__name__ and not name.startswith("_")
    }


EVENTS: dict[str, type[EventSchema]] = {
    name: schema
    for module in (programs, matching, conversations, trust_safety, notifications, gateway)
    for name, schema in _events_of(module).items()
}

VALIDATORS: dict[str, EventSchema] = {name: schema() for name, schema in EVENTS.items()}

SEALED: dict[str, tuple[SealedField, ...]] = {name: sealed_fields(schema) for name, schema in EVENTS.items()}


def audience(name: str, data: dict[str, object]) -> set[str]:
    """The people whom a live stream may tell of this event."""
    told: set[str] = set()
    for field in EVENTS[name].audience if name in EVENTS else ():
        value = data.get(field)
        if isinstance(value, list):
            told.update(map(str, value))
        elif value:
            told.add(str(value))
    return told
