"""Commands of notifications: command → decide → append, all in the stream of one person's inbox."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from marshmallow import Schema

from services.notifications import policy
from services.notifications.domain import delivery, person, telling
from services.notifications.domain.inbox import INBOX_OF_PERSON, Inbox, SealedField
from services.notifications.domain.unsubscribe import read_token
from shared.application.contents import version_of
from shared.application.table import Allow, Decide, Handler, Reads, no_facts
from shared.contracts import notifications_api as api
from shared.kernel.errors import NotFound
from shared.kernel.events import Data
from shared.privacy.sealing import REMOVED


def _stream(command: Data) -> str:
    return f"inbox-{command['person_id']}"


def _stream_of_token(command: Data) -> str:
    token = read_token(command["token"])
    if token is None:
        raise NotFound
    return f"inbox-{token.person_id}"


def _opened(reads: Reads, person_id: str, name: str, sealed: SealedField | None) -> Any:
    """A sealed field of the state in clear; None where there is none, or where the person was forgotten."""
    if sealed is None:
        return None
    found = reads.open({"key": person_id, "event": sealed.event_id, "field": name, "sealed": sealed.value})
    return None if found == REMOVED else found


def _contact_facts(reads: Reads, state: Inbox, command: Data) -> Data:
    known = _opened(reads, command["person_id"], "contact", state.contact)
    return {"known": known, "secret": secrets.token_hex(32)}


def _token_facts(reads: Reads, state: Inbox, command: Data) -> Data:
    token = read_token(command["token"])
    return {"secret": _opened(reads, token.person_id, "secret", state.secret) if token else None}


def _handler(
    schema: Schema,
    decide: Decide,
    allow: Allow | None = None,
    facts: Callable[[Reads, Any, Data], Data] = no_facts,
    stream: Callable[[Data], str] = _stream,
) -> Handler:
    return Handler(schema, INBOX_OF_PERSON, stream, decide, allow, facts, answer=lambda _events: {})


COMMANDS = {
    "register_contact": _handler(
        api.RegisterContact(), person.register_contact, policy.own_inbox, facts=_contact_facts
    ),
    "mark_notifications_read": _handler(api.MarkNotificationsRead(), telling.mark_notifications_read, policy.own_inbox),
    "change_preferences": replace(
        _handler(api.ChangePreferences(), person.change_preferences, policy.own_inbox),
        versioned=True,
        version=lambda inbox, _command: version_of(inbox.choices),
    ),
    "unsubscribe": _handler(
        api.Unsubscribe(),
        person.unsubscribe,
        policy.whoever_has_the_token,
        facts=_token_facts,
        stream=_stream_of_token,
    ),
    "retry_delivery": _handler(api.RetryDelivery(), delivery.retry_delivery, policy.operate),
    "raise_notification": _handler(api.RaiseNotification(), telling.raise_notification),
    "settle_messages": _handler(api.SettleMessages(), telling.settle_messages),
    "silence_couple": _handler(api.CoupleCommand(), telling.silence_couple),
    "unsilence_couple": _handler(api.CoupleCommand(), telling.unsilence_couple),
    "record_delivery": _handler(api.DeliveryCommand(), delivery.record_delivery),
    "record_failure": _handler(api.RecordFailure(), delivery.record_failure),
    "drop_delivery": _handler(api.DropDelivery(), delivery.drop_delivery),
}
