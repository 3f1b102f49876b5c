"""What the simulation leaves: effects as the views counted them, a rebuild beside the live views, deadlines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from shared.application.table import Table
from shared.contracts.catalogue import EVENTS
from shared.kernel.clock import to_text
from shared.kernel.events import Commit, Event
from shared.kernel.ids import derive
from shared.testing.memory_views import MemoryViews
from shared.views.changes import Change, ViewFunction, amend
from tests.torture.poison import Poison, parked_bodies
from tests.torture.state import Deadline, Final
from tests.torture.traces import sweep

AUDITOR = "trust_safety"

EFFECTS = "torture_effects"
"""A view of the harness: per stream the effects as they came, so that they are counted where views are written."""


class Finished(Protocol):
    """What is needed of a world."""

    plan: Any
    logs: Any
    views: Any
    sources: Any
    broker: Any
    auditor: Any
    clock: Any
    poison: Any
    people: Any
    keys: Any
    lines: Any
    partitions: int

    def ends(self) -> dict[tuple[str, str, int], int]: ...

    def exports(self) -> Iterator[tuple[str, Any]]: ...


def audited(tables: Mapping[str, Table], sources: Mapping[str, Sequence[str]], poison: Poison) -> dict[str, Table]:
    """The services, with every event that reaches their views noted there."""
    return {
        name: replace(table, views=_noting(table, (name, *sources[name]), poison)) for name, table in tables.items()
    }


def _noting(table: Table, sources: Sequence[str], poison: Poison) -> dict[str, ViewFunction]:
    heard = [name for name in EVENTS if name.partition(".")[0] in sources]
    return {name: _noted(table.views.get(name), poison) for name in heard}


def _noted(function: ViewFunction | None, poison: Poison) -> ViewFunction:
    def change(event: Event) -> Sequence[Change]:
        poison.strike(event, "view")
        seen = f"{event.position} {event.index} {event.id}"
        note = amend(EFFECTS, f"{event.service}/{event.stream}", push={"seen": seen})
        return [*(function(event) if function else ()), *poison.unfit(event), note]

    return change


def final_state(world: Finished, healed: str) -> Final:
    """What the checker looks at."""
    commits = [c for log in world.logs.values() for p in range(world.partitions) for c in log.replay(p)]
    tables = audited(world.plan.tables, world.sources, world.poison)
    parked = {name: set(world.views[name].parked) for name in tables}
    seen = {name: _seen(world.views[name]) for name in tables}
    return Final(
        commits=commits,
        ends=world.ends(),
        effects={name: _counted(streams) for name, streams in seen.items()},
        order={name: {s: [(p, i) for p, i, _ in places] for s, places in of.items()} for name, of in seen.items()},
        queues=_left(world),
        parked={name: ids - _planted(world, name) for name, ids in parked.items()},
        poison={event.id for commit in commits for event in commit.events if world.poison.kind(event)},
        chains={(s, p): world.auditor.chains.get((s, p), (0, "")) for name, s, p in world.ends() if name == AUDITOR},
        live={name: world.views[name].documents for name in tables},
        rebuilt={name: _rebuilt(table, commits, world.ends(), parked[name]) for name, table in tables.items()},
        deadlines=[one for n, table in world.plan.tables.items() for one in deadlines(table, commits, parked[n])],
        now=to_text(world.clock.now()),
        healed=healed,
        traces=sweep(world, commits),
        erased=world.people.canaries_of_erased(),
        canary_of=world.people.canary_of,
    )


def _left(world: Finished) -> dict[str, int]:
    """What is still in queues; a message that is no event, and was not parked, was lost on its way there."""
    parked = set(world.auditor.parked).union(*(parked_bodies(views.parked) for views in world.views.values()))
    left = {name: len(queue) for name, queue in world.broker.queues.items()}
    return left | {f"queues of {service}, and is no event": 1 for service, _ in world.poison.bodies - parked}


def _planted(world: Finished, name: str) -> set[str]:
    """The parked messages of a service that were put there to be parked."""
    parked = world.views[name].parked
    return {id for id, one in parked.items() if parked_bodies({id: one}) & world.poison.bodies}


def _seen(views: MemoryViews) -> dict[str, list[tuple[int, int, str]]]:
    """Position, index and id of effects as they came, by source and stream."""
    streams = {
        stream: map(str.split, document["seen"]) for stream, document in views.documents.get(EFFECTS, {}).items()
    }
    return {stream: [(int(p), int(i), id) for p, i, id in seen] for stream, seen in streams.items()}


def _counted(streams: Mapping[str, list[tuple[int, int, str]]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for places in streams.values():
        for _, _, event_id in places:
            counts[event_id] = counts.get(event_id, 0) + 1
    return counts


def _rebuilt(
    table: Table, commits: Sequence[Commit], ends: Mapping[tuple[str, str, int], int], parked: Collection[str]
) -> Any:
    """Everything from position zero, one source after the other, without what is parked."""
    views = MemoryViews()
    upto = {(source, partition): end for (name, source, partition), end in ends.items() if name == table.name}
    heard = [c for c in commits if c.position <= upto.get((c.service, c.partition), 0)]
    events = [event for commit in heard for event in commit.events if event.id not in parked]
    changes = [change for event in events for change in _changes(table, event)]
    views.apply(changes, source="", partition=0, came_from=0, moves_to=0)
    return views.documents


def _changes(table: Table, event: Event) -> Sequence[Change]:
    return table.views[event.name](event) if event.name in table.views else ()


def deadlines(table: Table, commits: Sequence[Commit], parked: Collection[str] = ()) -> list[Deadline]:
    """Every due time that a service ever stored, by what its views make of its own log.

    A parked event sets none; one that it takes away stays in the view, and nothing comes of it when it is due.
    """
    fired = {commit.command_id for commit in commits}
    standing: dict[str, str] = {}
    found: dict[tuple[str, str], bool] = {}
    for event in (event for commit in commits if commit.service == table.name for event in commit.events):
        for change in _changes(table, event):
            if change.view == table.due_view:
                before, after = standing.get(change.id), change.update and change.update["$set"]["at"]
                if before is not None and before != after:
                    found[change.id, before] = True
                standing.pop(change.id, None)
                if after and event.id not in parked:
                    standing[change.id] = after
                    found[change.id, after] = False
    ids = {(id, at): derive(table.name, "due", id, at) for id, at in found}
    return [Deadline(table.name, ids[key], key[1], moved and ids[key] not in fired) for key, moved in found.items()]
