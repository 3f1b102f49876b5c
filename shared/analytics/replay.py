"""Replays events into scratch views, as fast as can be or at a chosen speed; goes on where it was stopped.

Reads logs page by page and writes to the scratch database only, a batch and the positions it reaches together. No
reaction runs. Events that are parked or were dropped are left out, as they are in the live views.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.analytics.commits import merged
from shared.analytics.source import Logs, Place
from shared.application.table import Table
from shared.kernel.clock import from_text
from shared.kernel.events import Commit, Event
from shared.runtime.faults import Fault
from shared.views.changes import Change
from shared.views.parking import Parking
from shared.views.scratch import Scratch
from shared.views.store import UnfitChange, WatermarkMoved

_BATCH = 1000
_LONGEST_NAP = 0.5


class Pace:
    """Lets commits come `speed` times as fast as they were recorded; None: as fast as can be."""

    def __init__(self, speed: float | None) -> None:
        self._speed = speed
        self._begun: tuple[float, float] | None = None

    def due_in(self, commit: Commit) -> float:
        """Seconds until it is the turn of a commit; 0 or less where it has come."""
        if self._speed is None:
            return 0.0
        recorded = from_text(commit.events[0].recorded_at).timestamp()
        if self._begun is None:
            self._begun = time.monotonic(), recorded
        started, first = self._begun
        return started + (recorded - first) / self._speed - time.monotonic()


def batches(commits: Iterable[Commit], pace: Pace | None = None) -> Iterator[list[Commit]]:
    """The commits in order, each when it is its turn; those whose turn has come at once, up to a bound."""
    pace = pace or Pace(None)
    batch: list[Commit] = []
    for commit in commits:
        if batch and (len(batch) == _BATCH or pace.due_in(commit) > 0):
            yield batch
            batch = []
        while (left := pace.due_in(commit)) > 0:
            time.sleep(min(left, _LONGEST_NAP))
        batch.append(commit)
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class Replay:
    """One service's views, or one of them, from its logs. Raises Fault, LogUnavailable, Transient."""

    table: Table
    view: str | None
    logs: Logs
    parking: Parking

    def heard(self, positions: Mapping[Place, int]) -> dict[Place, int]:
        """Those of the services whose events the views are made of."""
        sources = {event.partition(".")[0] for event in self.table.views}
        return {place: position for place, position in positions.items() if place[0] in sources}

    def run(
        self, into: Scratch, upto: Mapping[Place, int], pace: Pace, progress: Callable[[int], object] = lambda _: None
    ) -> None:
        """Go on from where the scratch views are, up to the given positions."""
        stands = {place: into.watermark(*place) for place in upto}
        for batch in batches(merged(self.logs, stands, upto), pace):
            for place, commits in _by_place(batch).items():
                self._apply(into, place, stands[place], commits)
                stands[place] = commits[-1].position
            progress(len(batch))

    def _apply(self, into: Scratch, place: Place, came_from: int, commits: Sequence[Commit]) -> None:
        changes, upto = self.changes(commits), commits[-1].position
        try:
            into.apply(changes, source=place[0], partition=place[1], came_from=came_from, moves_to=upto)
        except WatermarkMoved:
            raise Fault("Something else replays into these views: let it end, or take another name.") from None
        except UnfitChange:
            raise Fault(
                f"The store refuses what a view of {self.table.name} makes of the events of {place[0]}, partition "
                f"{place[1]}, positions {came_from + 1} to {upto}."
            ) from None

    def changes(self, commits: Iterable[Commit]) -> list[Change]:
        """What the commits change in the chosen views."""
        events = [event for commit in commits for event in commit.events if event.name in self.table.views]
        made = [(event.id, change) for event in events for change in self._made(event)]
        wanted = [(id, change) for id, change in made if self.view in {None, change.view}]
        left_out = self.parking.left_out(list({id: None for id, _ in wanted}))
        return [change for id, change in wanted if id not in left_out]

    def _made(self, event: Event) -> Sequence[Change]:
        try:
            return self.table.views[event.name](event)
        except Exception as error:
            if self.parking.left_out([event.id]):
                return ()
            raise Fault(
                f"The view of {event.name} fails ({type(error).__name__}) at position {event.position} "
                f"of partition {event.partition}."
            ) from error


def _by_place(batch: Iterable[Commit]) -> dict[Place, list[Commit]]:
    found: dict[Place, list[Commit]] = {}
    for commit in batch:
        found.setdefault((commit.service, commit.partition), []).append(commit)
    return found
