"""Where the simulation hurts the system: at its ports, before and after each call, and nowhere in its code."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

from shared.bus.port import Transient
from shared.eventlog import LogUnavailable
from shared.eventlog.memory import MemoryEventLog
from shared.kernel.events import Commit, Data, NewCommit
from shared.testing.memory_views import MemoryViews
from shared.views.changes import Change

POINTS = ("append", "publish", "checkpoint", "apply", "ack")


class Crash(BaseException):
    """The process is gone. No `except Exception` of the product holds it up, as none would hold up a kill."""


class Faults:
    """Hurts with a probability of `rate` whoever passes a point: a crash, an exception, a delay, or somebody else's
    turn in the middle of one's own."""

    def __init__(self, random: Random, wait: Callable[[float], None], note: Callable[..., None]) -> None:
        self._random = random
        self._wait = wait
        self._note = note
        self.interleave: Callable[[], None] = lambda: None
        self.rate = 0.0

    def at(self, point: str, error: type[Exception] | None = None) -> None:
        """Pass a point. `error` is what its port may raise there."""
        if self._random.random() >= self.rate:
            return
        how = self._random.choice(("crash", "error", "delay", "interleave", "interleave"))
        if how == "interleave":
            self.interleave()
            return
        self._note("fault", point=point, how=how)
        if how == "crash":
            raise Crash(point)
        if how == "delay":
            self._wait(self._random.uniform(0.01, 3.0))
        elif error is not None:
            raise error(point)


class Log(MemoryEventLog):
    """A log that outlives its processes, and fails now and then."""

    def __init__(self, service: str, partitions: int, faults: Faults) -> None:
        super().__init__(service, partitions)
        self._faults = faults

    def append(self, commit: NewCommit) -> Commit:
        self._faults.at("append.before", LogUnavailable)
        done = super().append(commit)
        self._faults.at("append.after", LogUnavailable)
        return done


class Views(MemoryViews):
    """Views that outlive their processes, and fail now and then."""

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self._faults = faults
        self.generation = 1

    def live_generation(self) -> int:
        return self.generation

    def apply(
        self,
        changes: Sequence[Change],
        *,
        source: str,
        partition: int,
        came_from: int,
        moves_to: int,
        parked: Sequence[Data] = (),
        behind: Collection[str] = (),
    ) -> None:
        self._faults.at("apply.before", Transient)
        where: dict[str, Any] = {"source": source, "partition": partition, "came_from": came_from}
        with self._only(changes):
            super().apply(changes, **where, moves_to=moves_to, parked=parked, behind=behind)
        self._faults.at("apply.after", Transient)

    def park_message(self, document: Data) -> None:
        self._faults.at("park.before", Transient)
        super().park_message(document)
        self._faults.at("park.after", Transient)

    @contextmanager
    def _only(self, changes: Sequence[Change]) -> Iterator[None]:
        """Show `apply` just the documents that it changes: it copies all that it sees."""
        everything, touched = self.documents, {(change.view, change.id) for change in changes}
        self.documents = {}
        for view, id in touched:
            held = self.documents.setdefault(view, {})
            if id in everything.get(view, {}):
                held[id] = everything[view][id]
        try:
            yield
        finally:
            changed, self.documents = self.documents, everything
            for view, id in touched:
                held = everything.setdefault(view, {})
                held.pop(id, None)
                if id in changed.get(view, {}):
                    held[id] = changed[view][id]
