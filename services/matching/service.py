"""The map of matching: who signed up for a program, what is recommended, who is paired with whom."""

from __future__ import annotations

from services.matching import handlers, queries, reactions, views
from shared.application.table import Table
from shared.runtime.service import Service

TABLE = Table(
    name="matching",
    commands=handlers.COMMANDS,
    queries=queries.QUERIES,
    reactions=reactions.REACTIONS,
    views=views.VIEWS,
    indexes=views.INDEXES,
    due_view="due",
)


class Matching(Service):
    """Start it with `python -m shared.runtime.serve matching`."""

    name = "matching"
    table = TABLE
