"""Commands, questions and answers of notifications.

The person of a command is `person_id`: the caller fills it from the verified token, and the policy refuses any other.
"""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from shared.contracts.base import Page, Strict, flag, ident, internal, moment, number, word

CHANNELS = ("inbox", "email")
SWITCHABLE = ("email",)
"""Channels that a person may switch. The inbox is the record and is always on (NO-18)."""

MODES = ("off", "immediate")

KINDS = (
    "signup-received",
    "signup-removed",
    "proposals-waiting",
    "proposals-published",
    "pair-introduced",
    "pair-paused",
    "pair-resumed",
    "pair-ended",
    "message-received",
    "post-shared",
    "comment-added",
    "check-in-due",
    "step-completed",
    "journey-completed",
    "report-received",
    "case-outcome",
    "statement-of-reasons",
    "appeal-decided",
)

_ADDRESS = r"\A[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z"
"""What may stand in an envelope and a header as it is: no space, quote, control character or second address (NO-16)."""


class _OfPerson(Strict):
    person_id = ident()


class RegisterContact(_OfPerson):
    """What the person's token says. `locale` is a language tag, `timezone` an IANA name."""

    email = fields.String(
        load_default=None,
        allow_none=True,
        validate=[validate.Length(max=254), validate.Regexp(_ADDRESS)],
        metadata={"class": "personal"},
    )
    locale = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"\A[A-Za-z0-9_-]{1,35}\Z"),
        metadata={"class": "personal"},
    )
    timezone = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"\A[A-Za-z0-9_+/-]{1,64}\Z"),
        metadata={"class": "personal"},
    )


class MarkNotificationsRead(_OfPerson):
    """Ids that are not the person's unread ones change nothing."""

    notification_ids = fields.List(
        ident(), required=True, validate=validate.Length(min=1, max=500), metadata={"class": "internal"}
    )


class ChangePreferences(_OfPerson):
    """`preferences`: kind → channel → mode; what is left out stays as it is."""

    preferences = fields.Dict(
        keys=word(*KINDS),
        values=fields.Dict(keys=word(*SWITCHABLE), values=word(*MODES)),
        required=True,
        metadata={"class": "internal"},
    )


class Unsubscribe(Strict):
    """The token of a mail's List-Unsubscribe link. Needs no login; for POST only (RFC 8058, NO-09)."""

    token = fields.String(required=True, validate=validate.Length(min=1, max=600), metadata={"class": "internal"})


class RetryDelivery(_OfPerson):
    """For operators: try a mail again that was given up (NO-13)."""

    notification_id = ident()


class RaiseNotification(_OfPerson):
    """The service's own: tell a person something. Once per `cause` and `kind`."""

    kind = word(*KINDS)
    cause = ident()
    about = internal()
    count = number(1, 100_000, required=False)


class DeliveryCommand(_OfPerson):
    """The service's own: how one notification fared on one channel."""

    notification_id = ident()
    channel = word(*SWITCHABLE)


class RecordFailure(DeliveryCommand):
    """`attempt` is the one that failed, from 1; `final` where another try is pointless."""

    attempt = number(1, 1000)
    error = word()
    final = flag(required=False, load_default=False)


class DropDelivery(DeliveryCommand):
    """`why`: see the event NotificationDropped."""

    why = word()


class SettleMessages(_OfPerson):
    """The service's own: the person read a conversation up to and including a message."""

    pair_id = ident()
    up_to = ident()


class CoupleCommand(_OfPerson):
    """The service's own: the person blocked the other of a couple, or took it back."""

    couple_id = ident()


class MyNotifications(Page):
    """Newest first."""


class MyPreferences(Strict):
    """Nothing to say."""


class Undelivered(Page):
    """For operators: what was given up."""


class DoneAnswer(Schema):
    """It is done; there is nothing to say."""


class NotificationAnswer(Schema):
    """One entry of the inbox. `about`: ids of what it is about, by name. `count`: how many wait or were published,

    for proposals alone.
    """

    notification_id = ident()
    kind = word(*KINDS)
    about = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    count = fields.Integer(required=True, allow_none=True)
    raised_at = moment()
    read = flag()


class NotificationsAnswer(Schema):
    """A page of the inbox, and how many are unread in all of it."""

    items = fields.List(fields.Nested(NotificationAnswer), required=True)
    next = fields.String(required=True, allow_none=True)
    unread = number(0, 1_000_000_000)


class PreferencesAnswer(Schema):
    """What holds for every kind: kind → channel → mode. `critical` lists the kinds that cannot be switched off."""

    preferences = fields.Dict(
        keys=word(*KINDS), values=fields.Dict(keys=word(*SWITCHABLE), values=word(*MODES)), required=True
    )
    critical = fields.List(word(*KINDS), required=True)


class UndeliveredItem(Schema):
    """A mail that was given up after `attempts` tries; `error` is the last one's."""

    notification_id = ident()
    person_id = ident()
    kind = word(*KINDS)
    channel = word(*SWITCHABLE)
    attempts = number(0, 1000)
    error = word(required=True, allow_none=True)


class UndeliveredAnswer(Schema):
    """A page of what was given up."""

    items = fields.List(fields.Nested(UndeliveredItem), required=True)
    next = fields.String(required=True, allow_none=True)
