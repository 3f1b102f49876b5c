"""The inbox of one person: what they were told, what they have read, and how they want to be told.

Its stream is `inbox-<person_id>`. Sealed fields are kept as they are in the events; nothing here can open them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.notifications.domain.kinds import INBOX
from shared.kernel.events import Aggregate, Data, Event
from shared.kernel.pairs import couple_of


@dataclass(slots=True)
class Unread:
    """A notification that the person has not read yet."""

    kind: str
    about: Data

    def is_between(self, couple_id: str) -> bool:
        return "pair_id" in self.about and couple_of(self.about["pair_id"]) == couple_id


@dataclass(slots=True)
class Sending:
    """An intent to send that has no outcome yet. `failures` counts the tries of this round."""

    failures: int = 0
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class SealedField:
    """Where a sealed value of this person stands: the event, and the value as it is there."""

    event_id: str
    value: str


@dataclass(slots=True)
class Inbox:
    """`raised` holds the ids of all notifications ever; `sending` is by (notification id, channel)."""

    raised: set[str] = field(default_factory=set)
    unread: dict[str, Unread] = field(default_factory=dict)
    sending: dict[tuple[str, str], Sending] = field(default_factory=dict)
    silenced: set[str] = field(default_factory=set)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    contact: SealedField | None = None
    secret: SealedField | None = None


def evolve(state: Inbox, event: Event) -> Inbox:
    step = _STEPS.get(event.type)
    if step:
        step(state, event)
    return state


def _raised(state: Inbox, event: Event) -> None:
    data = event.data
    state.raised.add(data["notification_id"])
    state.unread[data["notification_id"]] = Unread(data["kind"], data["about"])
    for channel in data["channels"]:
        if channel != INBOX:
            state.sending[data["notification_id"], channel] = Sending()


def _settled(state: Inbox, event: Event) -> None:
    state.sending.pop((event.data["notification_id"], event.data["channel"]), None)


def _failed(state: Inbox, event: Event) -> None:
    sending = state.sending[event.data["notification_id"], event.data["channel"]]
    sending.failures = event.data["attempt"]
    sending.given_up = event.data.get("next_at") is None


def _requeued(state: Inbox, event: Event) -> None:
    state.sending[event.data["notification_id"], event.data["channel"]] = Sending()


def _read(state: Inbox, event: Event) -> None:
    for notification_id in event.data["notification_ids"]:
        state.unread.pop(notification_id, None)


def _silenced(state: Inbox, event: Event) -> None:
    state.silenced.add(event.data["couple_id"])
    gone = set(event.data["notification_ids"])
    for notification_id in gone:
        state.unread.pop(notification_id, None)
    state.sending = {key: sending for key, sending in state.sending.items() if key[0] not in gone}


def _unsilenced(state: Inbox, event: Event) -> None:
    state.silenced.discard(event.data["couple_id"])


def _chosen(state: Inbox, event: Event) -> None:
    state.choices = event.data["preferences"]


def _contact(state: Inbox, event: Event) -> None:
    state.contact = SealedField(event.id, event.data["contact"])


def _secret(state: Inbox, event: Event) -> None:
    state.secret = SealedField(event.id, event.data["secret"])


_STEPS: dict[str, Any] = {
    "NotificationRaised": _raised,
    "NotificationDelivered": _settled,
    "NotificationDropped": _settled,
    "NotificationFailed": _failed,
    "NotificationRequeued": _requeued,
    "NotificationRead": _read,
    "CoupleSilenced": _silenced,
    "CoupleUnsilenced": _unsilenced,
    "PreferencesChanged": _chosen,
    "ContactChanged": _contact,
    "UnsubscribeSecretMade": _secret,
}

INBOX_OF_PERSON: Aggregate[Inbox] = Aggregate("inbox", Inbox, evolve)
