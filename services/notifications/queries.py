"""Questions that notifications answers."""

from __future__ import annotations

from services.notifications import policy
from services.notifications.domain.kinds import CRITICAL, mode
from services.notifications.views import NEVER
from shared.application.contents import version_of
from shared.application.table import Asked, Query
from shared.contracts import notifications_api as api
from shared.kernel.events import Data


def my_notifications(asked: Asked) -> Data:
    mine = {"person_id": asked.actor.id}
    page = asked.reads.page("inbox", mine, order="-order", **asked.params)
    items = [
        {
            "notification_id": found["id"],
            **{name: found[name] for name in ("kind", "about", "raised_at", "read")},
            "count": found.get("count"),
        }
        for found in page["items"]
    ]
    return {"items": items, "next": page["next"], "unread": asked.reads.count("inbox", {**mine, "read": False})}


def my_preferences(asked: Asked) -> Data:
    found = asked.reads.get("preferences", asked.actor.id)
    choices = found["choices"] if found else {}
    grid = {kind: {channel: mode(choices, kind, channel) for channel in api.SWITCHABLE} for kind in api.KINDS}
    return {"preferences": grid, "critical": sorted(CRITICAL), "_etag": version_of(choices)}


def undelivered(asked: Asked) -> Data:
    """What was given up, for operators: ids and an error word, no address (NO-13)."""
    policy.operator(asked.actor)
    page = asked.reads.page("outbox", {"due_at": NEVER}, order="_id", **asked.params)
    shown = ("notification_id", "person_id", "kind", "channel", "attempts", "error")
    return {"items": [{name: found[name] for name in shown} for found in page["items"]], "next": page["next"]}


QUERIES = {
    "my_notifications": Query(api.MyNotifications(), my_notifications),
    "my_preferences": Query(api.MyPreferences(), my_preferences),
    "undelivered": Query(api.Undelivered(), undelivered),
}
