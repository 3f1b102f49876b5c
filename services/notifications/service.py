"""The map of notifications: who is told what, and by which way it reaches them."""

from __future__ import annotations

from services.notifications import handlers, mail, queries, reactions, views
from shared.application.table import Table
from shared.runtime.service import Service

TABLE = Table(
    name="notifications",
    commands=handlers.COMMANDS,
    queries=queries.QUERIES,
    views=views.VIEWS,
    reactions=reactions.REACTIONS,
    indexes=views.INDEXES,
    ahead=(reactions.BLOCK,),
    held_back=reactions.BETWEEN_TWO,
    workers=(mail.make_worker,),
    waits={"mail": ("outbox", {}, "due_at")},
)


class Notifications(Service):
    """Start it with `python -m shared.runtime.serve notifications`."""

    name = "notifications"
    table = TABLE
