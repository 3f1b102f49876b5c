"""What holds for the sealed fields of every event type there is."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.catalogue import EVENTS, SEALED
from shared.kernel.events import Data, Event
from shared.privacy.keys import MemoryKeys
from shared.privacy.sealing import REMOVED, Sealer, Tampered, reference
from tests.architecture.write_examples import example

SEALING = sorted(name for name in EVENTS if SEALED[name])


def made(keys: MemoryKeys, name: str, event_id: str) -> Event:
    words = {field.name: f"words of {field.name}" for field in SEALED[name]}
    data = Sealer(keys).seal_event(name, event_id, example(name) | words)
    service, _, kind = name.partition(".")
    return Event(event_id, kind, EVENTS[name].version, data, service, 0, 1, 0, 1, "s", 1, "", "x", "c", None)


def read(keys: MemoryKeys, event: Event) -> Data:
    return {field.name: Sealer(keys).open(reference(event, field.name)) for field in SEALED[event.name]}


def found(event: Event, field: str) -> Data:
    there = reference(event, field)
    assert there is not None
    return there


@pytest.mark.parametrize("name", SEALING)
def test_erasing_one_person_leaves_the_words_of_others(name: str) -> None:
    """PR-11: whoever else an event names may be erased; and where its owner is, nothing but their fields is gone."""
    keys = MemoryKeys()
    event = made(keys, name, "e1")
    before = read(keys, event)
    owners = {event.data[field.owner] for field in SEALED[name]}
    for named in {value for value in event.data.values() if isinstance(value, str)} - owners:
        keys.destroy_owner(named)
    assert read(keys, event) == before
    for owner in owners:
        keys.destroy_owner(owner)
        mine = {field.name for field in SEALED[name] if event.data[field.owner] == owner}
        before |= dict.fromkeys(mine, REMOVED)
        assert read(keys, event) == before


@pytest.mark.parametrize("name", SEALING)
def test_what_is_moved_does_not_open(name: str) -> None:
    """PR-03: to the same field of another event, to another field, or to another's key, of every type."""
    keys = MemoryKeys()
    event = made(keys, name, "e1")
    keys.for_sealing("somebody\x1felse")
    changes: list[dict[str, Any]] = [{"event": "e2"}, {"field": "elsewhere"}, {"key": "somebody\x1felse"}]
    for field in SEALED[name]:
        for change in changes:
            with pytest.raises(Tampered):
                Sealer(keys).open(found(event, field.name) | change)
