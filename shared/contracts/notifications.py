"""Events of notifications: what a person was told, and whether it arrived."""

from __future__ import annotations

from shared.contracts.base import EventSchema, ident, internal, moment, sealed, word


class NotificationRaised(EventSchema):
    """One thing to tell one person: once for each cause and channel (NO-01). `about` holds ids only."""

    audience = ("person_id",)
    notification_id = ident()
    person_id = ident()
    kind = word()
    about = internal()
    cause = ident()
    channels = internal()


class NotificationDelivered(EventSchema):
    """The channel took it."""

    notification_id = ident()
    person_id = ident()
    channel = word()


class NotificationFailed(EventSchema):
    """The channel did not take it; `attempt` counts, `next_at` says when it is tried again (absent: given up)."""

    notification_id = ident()
    person_id = ident()
    channel = word()
    attempt = internal()
    error = word()
    next_at = moment(required=False, allow_none=True)


class NotificationDropped(EventSchema):
    """Not sent on a channel after all: read, blocked, suspended, switched off, or no address (`why`)."""

    notification_id = ident()
    person_id = ident()
    channel = word()
    why = word()


class NotificationRead(EventSchema):
    """The person has seen them."""

    audience = ("person_id",)
    person_id = ident()
    notification_ids = internal()


class PreferencesChanged(EventSchema):
    """Kinds × channels: off, immediate or digest."""

    person_id = ident()
    preferences = internal()


class ContactChanged(EventSchema):
    """Where and how to reach a person, as their token says."""

    person_id = ident()
    contact = sealed("personal", owner="person_id")
