"""The notifications service: its map."""

from __future__ import annotations

from services.notifications import handlers, mail, queries, reactions, views
from shared.application.table import Table

TABLE = Table(
    name="notifications",
    commands=handlers.COMMANDS,
    queries=queries.QUERIES,
    views=views.VIEWS,
    reactions=reactions.REACTIONS,
    indexes=views.INDEXES,
    workers=(mail.make_worker,),
)
