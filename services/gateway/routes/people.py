"""A person's inbox, preferences and own data."""

from __future__ import annotations

from services.gateway.routes.route import Who, command, query
from shared.contracts import notifications_api as api

ROUTES = (
    query(
        "/v1/me/notifications",
        "notifications.my_notifications",
        Who.SELF,
        "My inbox, newest first",
        api.MyNotifications,
        api.NotificationsAnswer,
    ),
    command(
        "POST /v1/me/notifications/read",
        "notifications.mark_notifications_read",
        Who.SELF,
        "I have seen these",
        api.MarkNotificationsRead,
        api.DoneAnswer,
        me=("person_id",),
    ),
    query(
        "/v1/me/notification-preferences",
        "notifications.my_preferences",
        Who.SELF,
        "What I am told of, and how",
        api.MyPreferences,
        api.PreferencesAnswer,
    ),
    command(
        "PUT /v1/me/notification-preferences",
        "notifications.change_preferences",
        Who.SELF,
        "Change what I am told of",
        api.ChangePreferences,
        api.DoneAnswer,
        me=("person_id",),
    ),
    command(
        "POST /v1/unsubscribe/{token}",
        "notifications.unsubscribe",
        Who.ANYBODY,
        "One click out of a mail, without a login",
        api.Unsubscribe,
        api.DoneAnswer,
        any_body=True,
        even_suspended=True,
    ),
)
