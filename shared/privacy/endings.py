"""Events that end keys: their types say so in `ends_person` and `ends_space`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.contracts.base import SCOPE_ENDS
from shared.contracts.catalogue import EVENTS
from shared.eventlog import EventLog
from shared.kernel.events import Event
from shared.privacy.keys import Keys

_ENDINGS = {name: schema for name, schema in EVENTS.items() if schema.ends_person or schema.ends_space}


def end_keys(event: Event, keys: Keys) -> None:
    """Destroy what an event ends; doing it again changes nothing. Raises Unavailable."""
    if schema := _ENDINGS.get(event.name):
        for person in _named(event, schema.ends_person):
            keys.destroy_owner(person)
        for space in _named(event, schema.ends_space):
            keys.destroy_space(space)


def tombstones(logs: Mapping[str, EventLog], service: str) -> Iterator[str]:
    """What logs say is destroyed in the registry of a service: that of the gateway, and its own."""
    sources = {name.partition(".")[0] for name in _ENDINGS} & {"gateway", service} & logs.keys()
    for log in (logs[source] for source in sources):
        for partition in range(log.partitions):
            for commit in log.replay(partition):
                for event in commit.events:
                    if schema := _ENDINGS.get(event.name):
                        yield from _named(event, schema.ends_person)
                        yield from (space + SCOPE_ENDS for space in _named(event, schema.ends_space))


def _named(event: Event, field: str | None) -> list[str]:
    value = event.data[field] if field else []
    return value if isinstance(value, list) else [value]
