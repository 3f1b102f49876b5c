"""A reader that has followed the logs all along, and asks now and then what they were up to where it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from random import Random

from shared.eventlog import EventLog
from tests.torture.history import History


class Follower:
    def __init__(self, history: History, random: Random, logs: Mapping[str, EventLog], partitions: int) -> None:
        self._history = history
        self._random = random
        self._logs = logs
        self._partitions = partitions
        self._read: dict[tuple[str, int], int] = {}
        self._asked: set[tuple[str, int, int]] = set()

    def look(self, limit: int) -> None:
        """Read on in every log, and ask for the past of one."""
        for name, log in self._logs.items():
            for partition in range(self._partitions):
                after = self._read.get((name, partition), 0)
                for commit in log.feed(partition, after, limit):
                    self._note("tail", name, partition, reader="r1", position=commit.position)
                    self._read[name, partition] = commit.position
        if self._read:
            place = self._random.choice(sorted(self._read))
            self._ask(*place, self._read[place])

    def ask_again(self) -> None:
        """Ask once more for every past that was ever asked for."""
        for place in sorted(self._asked):
            self._ask(*place)

    def _ask(self, name: str, partition: int, upto: int) -> None:
        digest = hashlib.sha256(repr(self._logs[name].feed(partition, 0, upto)).encode()).hexdigest()
        self._asked.add((name, partition, upto))
        self._note("as-of", name, partition, upto=upto, digest=digest)

    def _note(self, kind: str, service: str, partition: int, **fields: object) -> None:
        self._history.note(kind, service=service, partition=partition, **fields)
