"""The logs of a house with many pairs, as believable as an analyst needs them: written straight into a store.

A pair has about 120 events in its twelve weeks; one in eight ends early, one in forty is reported.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import Int64
from pymongo import MongoClient, WriteConcern

from shared.eventlog.documents import Document
from shared.eventlog.mongo import MongoEventLog
from shared.eventlog.partition import partition_of
from shared.eventlog.place import log_database
from shared.kernel.clock import to_text
from shared.kernel.ids import derive
from shared.kernel.pairs import pair_id
from tests.benchmarks.commits import index_log
from tests.benchmarks.pair_life import Told, life

EVENTS_OF_A_PAIR = 117
PAIRS_OF_A_PROGRAM = 150
PARTITIONS = 2
_FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
_STARTING_DAYS = 90
_DAYS = _STARTING_DAYS + 120
_PAGE = 5_000


def fill(client: MongoClient[Document], events: int) -> int:
    """Fresh logs of all services with about as many `events`; how many it became."""
    pages: defaultdict[tuple[str, int], list[Document]] = defaultdict(list)
    heads: defaultdict[tuple[str, int], int] = defaultdict(int)
    seqs: defaultdict[str, int] = defaultdict(int)
    services = ("programs", "matching", "conversations", "trust_safety", "notifications")
    for service in services:
        client.drop_database(log_database(service))
    for number, (at, told) in enumerate(happenings(events // EVENTS_OF_A_PAIR)):
        place = told.service, partition_of(told.stream, PARTITIONS)
        heads[place] += 1
        seqs[told.stream] += 1
        pages[place].append(_document(number, at, told, heads[place], seqs[told.stream]))
        if len(pages[place]) >= _PAGE:
            _insert(client, place, pages.pop(place))
    for place, page in pages.items():
        _insert(client, place, page)
    for service in services:
        for partition in range(PARTITIONS):
            index_log(client, service, partition)
        log = MongoEventLog(client, service, PARTITIONS)
        log.prepare()
        log.close()
    return sum(heads.values())


def happenings(pairs: int) -> Iterator[tuple[datetime, Told]]:
    """Day by day, whatever happens to each pair, in the order of the clock."""
    alive = [_pair(number, pairs) for number in range(pairs)]
    for day in range(_DAYS):
        today = []
        for starts, dice, who in alive:
            today += [(dice.random(), told) for told in life(who, day - starts, dice)]
        for moment, told in sorted(today, key=lambda one: one[0]):
            yield _FIRST_DAY + timedelta(days=day, hours=7 + 14 * moment), told


def _pair(number: int, pairs: int) -> tuple[int, random.Random, dict[str, str]]:
    """When it starts, its dice, and who it is."""
    program = derive("program", number // PAIRS_OF_A_PROGRAM)
    mentor, mentee = f"mentor-{number}", f"mentee-{number}"
    who = {
        "pair_id": pair_id(program, mentor, mentee, 1),
        "program_id": program,
        "group_id": f"group-{number // PAIRS_OF_A_PROGRAM // 3}",
        "mentor_id": mentor,
        "mentee_id": mentee,
    }
    return 25 + number * _STARTING_DAYS // pairs, random.Random(number), who


def _document(number: int, at: datetime, told: Told, position: int, seq: int) -> Document:
    command = derive("command", number)
    return {
        "_id": Int64(position),
        "stream": told.stream,
        "seq": seq,
        "events": [{"id": derive(command, 0), "type": told.type, "v": 1, "data": told.data}],
        "command_id": command,
        "correlation_id": command,
        "causation_id": None,
        "actor": told.actor,
        "recorded_at": to_text(at),
        "fingerprint": None,
    }


def _insert(client: MongoClient[Document], place: tuple[str, int], page: list[Document]) -> None:
    service, partition = place
    log: Any = client[log_database(service)].get_collection(
        f"log_{partition}", write_concern=WriteConcern(w=1, j=False)
    )
    log.insert_many(page, ordered=False)
