"""The map of programs: guides of groups, and the journeys of pairs along them."""

from __future__ import annotations

from services.programs import handlers, queries, reactions, views
from shared.application.table import Table
from shared.runtime.service import Service

TABLE = Table(
    name="programs",
    commands=handlers.COMMANDS,
    queries=queries.QUERIES,
    reactions=reactions.REACTIONS,
    views=views.VIEWS,
    indexes=views.INDEXES,
    due_view="due",
    ahead=(reactions.CLOSED,),
)


class Programs(Service):
    """Start it with `python -m shared.runtime.serve programs`."""

    name = "programs"
    table = TABLE
