"""The map of conversations: what passes between the two of a pair. Only this service can open it."""

from __future__ import annotations

from services.conversations import handlers, queries, reactions, views
from shared.application.table import Table
from shared.runtime.service import Service

TABLE = Table(
    name="conversations",
    commands=handlers.COMMANDS,
    queries=queries.QUERIES,
    reactions=reactions.REACTIONS,
    views=views.VIEWS,
    indexes=views.INDEXES,
)


class Conversations(Service):
    """Start it with `python -m shared.runtime.serve conversations`."""

    name = "conversations"
    table = TABLE
