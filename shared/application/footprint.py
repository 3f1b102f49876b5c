"""A person's copy of what a service keeps of them, read from its whole log, page by page.

Nothing is indexed by person and nothing is stored: a copy is rare, and a list of everybody's traces would be worth more
to a thief than to anybody else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from shared.contracts.catalogue import SEALED
from shared.contracts.footprint import ACTOR, PEOPLE, Share, shares
from shared.eventlog import EventLog
from shared.kernel.errors import Unavailable
from shared.kernel.events import Data, Event
from shared.privacy.sealing import Tampered, reference

NOT_YOURS = "[not yours]"
"""Stands for the sealed words of others."""

UNREADABLE = "[unreadable]"
"""Stands for a sealed value that does not open with its own key: it was tampered with."""

_COMMITS = 1_000
_BYTES = 256 * 1024
_TURN_WITHIN = 5.0
"""Seconds to wait for one's turn: one page at a time is read, whoever asks for copies."""

Open = Callable[[Data | None], Any]
"""Opens the reference to a sealed value, as `Sealer.open` does."""


class Footprints:
    """The copies of one service."""

    def __init__(self, log: EventLog, open: Open) -> None:
        self._log = log
        self._open = open
        self._turn = threading.Lock()

    def page(self, person_id: str, place: Sequence[int] | None) -> Data:
        """`{"items": [entry, …], "next": place | None}`; the first `place` is None. Reads at most 1,000 commits.

        A place is a partition, the position read up to, and where the partition ended at the first look. An entry is
        `{service, type, at, id, data}`. Raises Unavailable, LogUnavailable.
        """
        partition, after, upto = place or (0, 0, self._log.head(0))
        if not self._turn.acquire(timeout=_TURN_WITHIN):
            raise Unavailable
        try:
            items, after = self._read(person_id, partition, after, upto)
        finally:
            self._turn.release()
        if after >= upto:
            partition, after = partition + 1, 0
            if partition == self._log.partitions:
                return {"items": items, "next": None}
            upto = self._log.head(partition)
        return {"items": items, "next": [partition, after, upto]}

    def _read(self, person_id: str, partition: int, after: int, upto: int) -> tuple[list[Data], int]:
        items: list[Data] = []
        size = 0
        commits = self._log.feed(partition, after, min(_COMMITS, upto - after))
        for commit in commits:
            for event in commit.events:
                found = entry(event, person_id, self._open)
                if found is not None:
                    items.append(found)
                    size += len(orjson.dumps(found))
            after = commit.position
            if size > _BYTES:
                return items, after
        return items, after if commits else upto


def entry(event: Event, person_id: str, open: Open) -> Data | None:
    """What an event says to a person about themselves; None where it is none of theirs."""
    share = next((one for one in shares(event.name) if _fits(one, event, person_id)), None)
    if share is None:
        return None
    sealed = {field.name: field for field in SEALED[event.name]}
    data: Data = {}
    for name, value in event.data.items():
        if not share.tells(name):
            continue
        if name in sealed:
            owner = sealed[name].owner
            own = owner in PEOPLE and event.data[owner] == person_id
            data[name] = _opened(event, name, open) if own or name in share.opens else _closed(value)
        else:
            data[name] = _about(name, value, person_id)
    return {"service": event.service, "type": event.type, "at": event.recorded_at, "id": event.id, "data": data}


def _fits(share: Share, event: Event, person_id: str) -> bool:
    if any(event.data.get(name) not in allowed for name, allowed in share.when.items()):
        return False
    return any(_names(event.actor if who == ACTOR else event.data.get(who), person_id) for who in share.who)


def _names(value: Any, person_id: str) -> bool:
    return bool(value == person_id or (isinstance(value, list) and person_id in value))


def _opened(event: Event, name: str, open: Open) -> Any:
    try:
        return open(reference(event, name))
    except Tampered:
        return UNREADABLE


def _closed(value: Any) -> str | None:
    return None if value is None else NOT_YOURS


def _about(name: str, value: Any, person_id: str) -> Any:
    """Of lists that name people, only what names this one."""
    if not isinstance(value, list):
        return value
    if name in PEOPLE:
        return [one for one in value if one == person_id]
    return [one for one in value if not _is_others(one, person_id)]


def _is_others(value: Any, person_id: str) -> bool:
    if not isinstance(value, dict):
        return False
    named = [value[name] for name in PEOPLE & value.keys()]
    return bool(named) and not any(_names(one, person_id) for one in named)
