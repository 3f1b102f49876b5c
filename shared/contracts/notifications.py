"""Events of notifications: what a person was told, and whether it arrived."""

from __future__ import annotations

from shared.contracts.base import EventSchema, ident, internal, moment, number, sealed, word


class NotificationRaised(EventSchema):
    """One thing to tell one person: once for each cause and channel (NO-01). `about` holds ids only.

    `channels`: list of "inbox" (always) and "email"; `count`: of how many things it tells, where it tells of several.
    """

    audience = ("person_id",)
    notification_id = ident()
    person_id = ident()
    kind = word()
    about = internal()
    cause = ident()
    channels = internal()
    count = number(1, 100_000, required=False)


class _DeliveryEvent(EventSchema):
    notification_id = ident()
    person_id = ident()
    channel = word()


class NotificationDelivered(_DeliveryEvent):
    """The channel took it."""


class NotificationFailed(_DeliveryEvent):
    """The channel did not take it; `attempt` counts, `next_at` says when it is tried again (absent: given up)."""

    attempt = number(1, 1000)
    error = word()
    next_at = moment(required=False, allow_none=True)


class NotificationDropped(_DeliveryEvent):
    """Not sent on a channel after all: read, deleted, blocked, suspended, pair-ended, switched-off or no-address."""

    why = word()


class NotificationRequeued(_DeliveryEvent):
    """An operator asks for another round of tries for what was given up."""


class NotificationRead(EventSchema):
    """The person has seen them. `notification_ids`: list of ids."""

    audience = ("person_id",)
    person_id = ident()
    notification_ids = internal()


class CoupleSilenced(EventSchema):
    """The person blocked another: nothing between the two reaches them any more, nor what still waited (BL-03).

    `notification_ids`: what they had not read, taken out of their inbox and not sent.
    """

    audience = ("person_id",)
    person_id = ident()
    couple_id = ident()
    notification_ids = internal()


class CoupleUnsilenced(EventSchema):
    """The person took the block back: what comes from now on reaches them; nothing missed does (BL-09)."""

    person_id = ident()
    couple_id = ident()


class PreferencesChanged(EventSchema):
    """What the person chose, all of it: kind → channel → off or immediate. What they did not choose has its default."""

    person_id = ident()
    preferences = internal()


class ContactChanged(EventSchema):
    """Where and how to reach a person, as their token says: {email, locale, timezone}, each may be absent."""

    person_id = ident()
    contact = sealed("personal", owner="person_id")


class UnsubscribeSecretMade(EventSchema):
    """The random secret behind the links with which a person switches a kind of mail off without logging in."""

    person_id = ident()
    secret = sealed("personal", owner="person_id")
