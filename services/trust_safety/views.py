"""Events → read models. Every event of every service is counted (`sources`)."""

from __future__ import annotations

from collections.abc import Sequence

from services.trust_safety import views_of_cases, views_of_others
from shared.contracts.catalogue import EVENTS
from shared.kernel.events import Event
from shared.views.changes import Change, ViewFunction, amend

_OWN: dict[str, ViewFunction] = {**views_of_others.VIEWS, **views_of_cases.VIEWS}


def _counted(name: str) -> ViewFunction:
    """A document per partition, so that partitions applied side by side do not wait for each other."""
    service, _, kind = name.partition(".")
    further = _OWN.get(name)

    def view(event: Event) -> Sequence[Change]:
        id = f"{name}.{event.partition}"
        counted = amend("sources", id, set={"service": service, "type": kind}, inc={"events": 1})
        return [counted, *further(event)] if further else [counted]

    return view


VIEWS: dict[str, ViewFunction] = {name: _counted(name) for name in EVENTS}

INDEXES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cases", ("queue", "order")),
    ("cases", ("group_id", "queue", "order")),
    ("reports", ("reporter_id", "-order")),
    ("reports", ("case_id",)),
    ("reports", ("subject_id",)),
    ("actions", ("case_id",)),
    ("actions", ("subject_id", "-order")),
    ("appeals", ("case_id",)),
    ("evidence", ("case_id",)),
    ("audit", ("-order",)),
    ("blocks", ("people",)),
    ("messages", ("pair_id", "order")),
    ("pairs", ("people",)),
    ("members", ("person_id",)),
    ("members", ("program_id",)),
    ("admins", ("person_id",)),
    ("programs", ("group_id",)),
    ("due", ("at",)),
    ("sessions_ended", ("at",)),
)
