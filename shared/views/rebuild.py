"""Rebuilds the views of a service from position zero, in the next generation's collections beside the live ones.

Views are pure functions of events, so what comes out must be the live views. No reaction runs. Events that are parked,
or were dropped, are left out as they are in the live views.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass

from shared.application.table import Table
from shared.bus.port import Transient
from shared.eventlog import EventLog
from shared.kernel.events import Event
from shared.views.changes import Change
from shared.views.compare import Difference, compare
from shared.views.folding import FoldingStore
from shared.views.generations import (
    Client,
    Watermarks,
    discard,
    generations,
    live_generation,
    make_live,
    reaching_the_store,
    watermarks,
)
from shared.views.lease import Lease
from shared.views.parking import Parking
from shared.views.store import UnfitChange, WatermarkMoved

Progress = Callable[[int], object]
"""Told how many commits were just replayed."""

_BATCH = 2000
_OBJECTS = 100_000
_LEASE_SECONDS = 30
_ATTEMPTS = 6
_PAUSE = 0.1


class RebuildFailed(Exception):
    """The message is a sentence for the operator. The live views are untouched."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuild did. `skipped` counts parked and dropped events; `watermarks` say how far it went."""

    service: str
    generation: int
    events: int
    skipped: int
    watermarks: Watermarks


@dataclass(frozen=True, slots=True)
class _Page:
    """Some commits of one partition up to a position: how many events of theirs are applied, and which are not."""

    upto: int
    events: int
    changes: Sequence[Change]
    left_out: Collection[str]


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """A page is tens of thousands of objects without a cycle: looking for some costs a quarter of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


class Rebuild:
    """One rebuild: `run`, then `differences`, then `switch` or `abandon`; `close` in any case.

    `sources` are the logs, read directly, of the service itself and of every service it consumes.
    Raises RebuildFailed, LogUnavailable, Transient.
    """

    def __init__(
        self, table: Table, client: Client, sources: Mapping[str, EventLog], progress: Progress = lambda _: None
    ) -> None:
        self._table = table
        self._client = client
        self._sources = sources
        self.progress = progress
        self._parking = Parking(client, table.name)
        self._lease = Lease(client, table.name, "rebuild", _LEASE_SECONDS)
        self._left_out: list[str] = []
        self._events = 0
        self.live = live_generation(client, table.name)
        self.generation = self.live + 1

    def to_do(self) -> int:
        """How many commits the live views stand on."""
        return sum(watermarks(self._client, self._table.name, self.live).values())

    def documents(self) -> int:
        """How many documents the live views have."""
        return sum(generations(self._client, self._table.name).get(self.live, {}).values())

    def run(self) -> Report:
        """Replay everything that the live views have applied by now."""
        self._hold()
        self._clear()
        with reaching_the_store():
            self._next = FoldingStore(self._client, self._table.name, self.generation)
            self._next.ensure_indexes(self._table.indexes)
        reached = watermarks(self._client, self._table.name, self.live)
        self._replay(reached)
        return Report(self._table.name, self.generation, self._events, len(self._left_out), reached)

    def differences(self, progress: Progress = lambda _: None) -> Iterator[Difference]:
        """Go on to a moment of the live views, then compare with the live views as they were at that moment.

        `progress` is told of the live documents.
        """
        with self._client.start_session(snapshot=True) as moment:
            self._replay(watermarks(self._client, self._table.name, self.live, moment))
            yield from compare(self._client, self._table.name, self.live, self.generation, at=moment, progress=progress)

    def switch(self) -> None:
        """Make the rebuilt generation the live one for every worker that starts from now on."""
        self._replay(watermarks(self._client, self._table.name, self.live))
        if len(self._parking.left_out(self._left_out)) != len(self._left_out):
            raise RebuildFailed("A parked event was applied to the live views in the meantime: rebuild once more.")
        make_live(self._client, self._table.name, self.generation, self.live)

    def abandon(self) -> None:
        """Remove what was rebuilt."""
        discard(self._client, self._table.name, self.generation)

    def close(self) -> None:
        self._lease.release()

    def _hold(self) -> None:
        if not self._lease.held():
            raise RebuildFailed(f"Another rebuild of {self._table.name} is under way: wait until it is done.")

    def _clear(self) -> None:
        # The one before the live one stays: workers that have not been restarted yet still use it.
        for old in generations(self._client, self._table.name):
            if old not in {self.live, self.live - 1}:
                discard(self._client, self._table.name, old)

    @_collecting_rarely()
    def _replay(self, targets: Watermarks) -> None:
        for (source, partition), upto in sorted(targets.items()):
            came_from = self._next.watermark(source, partition)
            with closing(self._pages(source, partition, came_from, upto)) as pages:
                for page in pages:
                    self._hold()
                    self._apply(source, partition, came_from, page)
                    self.progress(page.upto - came_from)
                    came_from = page.upto

    def _pages(self, source: str, partition: int, after: int, upto: int) -> Generator[_Page, None, None]:
        """What comes after a position, in order; while one page is written, the next is read."""
        with ThreadPoolExecutor(1, "rebuild-reads") as reader:
            reading = None
            while after < upto:
                page = reading.result() if reading else self._read(source, partition, after, upto)
                after = page.upto
                reading = reader.submit(self._read, source, partition, after, upto) if after < upto else None
                yield page

    def _read(self, source: str, partition: int, after: int, upto: int) -> _Page:
        log = self._sources.get(source)
        commits = log.feed(partition, after, min(_BATCH, upto - after)) if log else None
        if not commits:
            raise RebuildFailed(
                f"The views of {self._table.name} stand on events of {source} (partition {partition}, after {after}) "
                "that its log does not have: restore that log first."
            )
        events = [event for commit in commits for event in commit.events if event.name in self._table.views]
        left_out = self._parking.left_out([event.id for event in events])
        changes = [change for event in events if event.id not in left_out for change in self._changes(event)]
        return _Page(commits[-1].position, len(events) - len(left_out), changes, left_out)

    def _apply(self, source: str, partition: int, came_from: int, page: _Page) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._next.apply(
                    page.changes, source=source, partition=partition, came_from=came_from, moves_to=page.upto
                )
                break
            except Transient:
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(_PAUSE * 2**attempt)
            except WatermarkMoved:
                # Either the last attempt did arrive, or somebody else writes here, which the lease forbids.
                if attempt == 1 or self._next.watermark(source, partition) != page.upto:
                    raise RebuildFailed("Something else writes the rebuilt views: end it, then start again.") from None
                break
            except UnfitChange:
                raise RebuildFailed(
                    f"The store refuses what a view of {self._table.name} makes of the events of {source}, "
                    f"partition {partition}, positions {came_from + 1} to {page.upto}: correct that view."
                ) from None
        self._events += page.events
        self._left_out.extend(page.left_out)

    def _changes(self, event: Event) -> Sequence[Change]:
        try:
            return self._table.views[event.name](event)
        except Exception as error:
            raise RebuildFailed(
                f"The view of {event.name} fails ({type(error).__name__}) at position {event.position} "
                f"of partition {event.partition}: correct it, or drop that event if it is parked."
            ) from error


def rebuild(
    table: Table, client: Client, sources: Mapping[str, EventLog], progress: Progress = lambda _: None
) -> Report:
    """Rebuild beside the live views and leave the result there, to be compared or switched to."""
    work = Rebuild(table, client, sources, progress)
    try:
        return work.run()
    finally:
        work.close()
