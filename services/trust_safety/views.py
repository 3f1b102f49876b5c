"""Events → read models. Every event of every service is counted (`sources`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.trust_safety import views_of_cases, views_of_others, views_of_people
from services.trust_safety.domain.rules import DUE_WITHIN
from shared.contracts.catalogue import EVENTS
from shared.kernel.events import Event
from shared.views.changes import Change, ViewFunction, amend

_VIEWS = (views_of_others.VIEWS, views_of_cases.VIEWS, views_of_people.VIEWS)


def _counted(name: str) -> ViewFunction:
    """A document per partition, so that partitions applied side by side do not wait for each other."""
    service, _, kind = name.partition(".")
    further = [views[name] for views in _VIEWS if name in views]

    def view(event: Event) -> Sequence[Change]:
        id = f"{name}.{event.partition}"
        counted = amend("sources", id, set={"service": service, "type": kind}, inc={"events": 1})
        return [counted, *(change for made in further for change in made(event))]

    return view


VIEWS: dict[str, ViewFunction] = {name: _counted(name) for name in EVENTS}

_UNDECIDED = {"status": {"$in": ["open", "escalated"]}}
WAITS: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    **{f"case-{severity}": ("cases", {**_UNDECIDED, "severity": severity}, "opened_at") for severity in DUE_WITHIN},
    "appeal": ("appeals", {"result": None}, "filed_at"),
}
"""How long people wait for moderators: ages of the oldest, never how many there are (BL-04)."""

INDEXES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cases", ("queue", "order")),
    ("cases", ("group_id", "queue", "order")),
    ("cases", ("severity", "status", "opened_at")),
    ("reports", ("reporter_id", "-order")),
    ("reports", ("case_id",)),
    ("reports", ("subject_id",)),
    ("filings", ("reporter_id", "-at")),
    ("mutes", ("order",)),
    ("actions", ("case_id",)),
    ("actions", ("subject_id", "-order")),
    ("appeals", ("case_id",)),
    ("appeals", ("result", "filed_at")),
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
