"""What was: the state of a stream, and documents of views, at given positions of the logs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from shared.analytics.commits import how_many, merged
from shared.analytics.replay import Replay, batches
from shared.analytics.source import Logs, Place
from shared.kernel.events import Aggregate, Commit, Data, Event
from shared.runtime.faults import Fault
from shared.views.changes import Change
from shared.views.fold import NotFoldable, fold

Upto: TypeAlias = Mapping[Place, int]

Watched: TypeAlias = Callable[[Iterable[Any], int, str], Iterable[Any]]
"""`(things, how many, what for)` to the same things, with a progress bar beside them."""

Documents: TypeAlias = Mapping[str, Mapping[str, Data]]
"""By view and id."""


def commits_of(logs: Logs, service: str, stream: str, upto: Upto) -> list[Commit]:
    """The commits of a stream up to then, found by its key instead of by looking through the log."""
    log = logs.get(service)
    commits = log.read_stream(stream) if log else []
    return [commit for commit in commits if commit.position <= upto[service, commit.partition]]


def state(aggregate: Aggregate[Any], events: Iterable[Event]) -> Any:
    """The state that a command would have been decided on."""
    found = aggregate.initial()
    for event in events:
        found = aggregate.evolve(found, event)
    return found


def document(replay: Replay, view: str, id: str, upto: Upto, watched: Watched) -> Data | None:
    """A document as the view had it; None where it did not. Looks through all that the service hears of."""
    commits = watched(merged(replay.logs, {}, upto), how_many({}, upto), view)
    changes = (change for page in batches(commits) for change in replay.changes(page))
    found = documents(change for change in changes if (change.view, change.id) == (view, id))
    return found.get(view, {}).get(id)


def documents(changes: Iterable[Change]) -> Documents:
    """What the changes make, from nothing on. Raises Fault."""
    found: defaultdict[str, dict[str, Data]] = defaultdict(dict)
    for change in changes:
        try:
            fold(found[change.view], [change])
        except NotFoldable:
            raise Fault(
                f"Only the store can make documents of {change.view}: `mentorship log replay --into NAME --to POINT` "
                "shows them as they were."
            ) from None
    return found


def in_service(logs: Logs, upto: Upto, service: str, watched: Watched) -> Iterator[Commit]:
    """All commits of one service up to then."""
    places = {place: end for place, end in upto.items() if place[0] == service}
    yield from watched(merged(logs, {}, places), how_many({}, places), service)
