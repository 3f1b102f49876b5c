"""What notifications reads: people's inboxes, what is to be sent, and what may speak against sending it.

- `inbox`: {person_id, kind, about, count, raised_at, order, read} by notification id
- `outbox`: {notification_id, person_id, kind, about, channel, due_at, attempts, error} by notification id and channel;
  `due_at` is NEVER where it was given up and waits for an operator
- `admins`: {program_id, person_id} by both
- `contacts`: {contact, secret} by person id, both sealed references
- `preferences`: {choices} by person id
- `blocks`: {since} by couple and blocker; `pairs`: {ended, closed}, only where true; `standing`: {suspended, until} by
  person id; `deleted`: {at} by message id
"""

from __future__ import annotations

from services.notifications.domain.kinds import INBOX
from shared.kernel.actor import SYSTEM
from shared.kernel.events import Event
from shared.kernel.ids import couple
from shared.privacy.sealing import reference
from shared.views.changes import Change, Views, amend_existing, put, remove

NEVER = "never"
"""Sorts behind every moment."""

INDEXES = [("inbox", ["person_id", "-order"]), ("outbox", ["due_at"]), ("admins", ["program_id"])]


def intent_id(notification_id: str, channel: str) -> str:
    return f"{notification_id}.{channel}"


def block_id(couple_id: str, blocker_id: str) -> str:
    return f"{couple_id}/{blocker_id}"


def raised(event: Event) -> list[Change]:
    data = event.data
    told = {name: data[name] for name in ("person_id", "kind", "about")}
    order = f"{event.recorded_at}/{data['notification_id']}"
    when = {"raised_at": event.recorded_at, "order": order}
    return [
        put("inbox", data["notification_id"], **told, count=data.get("count"), **when, read=False),
        *(
            put(
                "outbox",
                intent_id(data["notification_id"], channel),
                **told,
                notification_id=data["notification_id"],
                channel=channel,
                due_at=event.recorded_at,
                attempts=0,
                error=None,
            )
            for channel in data["channels"]
            if channel != INBOX
        ),
    ]


def _intent_of(event: Event) -> str:
    return intent_id(event.data["notification_id"], event.data["channel"])


def settled(event: Event) -> list[Change]:
    return [remove("outbox", _intent_of(event))]


def failed(event: Event) -> list[Change]:
    data = event.data
    fields = {"attempts": data["attempt"], "error": data["error"], "due_at": data.get("next_at") or NEVER}
    return [amend_existing("outbox", _intent_of(event), set=fields)]


def requeued(event: Event) -> list[Change]:
    return [amend_existing("outbox", _intent_of(event), set={"attempts": 0, "due_at": event.recorded_at})]


def read(event: Event) -> list[Change]:
    return [amend_existing("inbox", known, set={"read": True}) for known in event.data["notification_ids"]]


def silenced(event: Event) -> list[Change]:
    gone = event.data["notification_ids"]
    return [
        *(remove("inbox", known) for known in gone),
        *(remove("outbox", intent_id(known, "email")) for known in gone),
    ]


def contact_changed(event: Event) -> list[Change]:
    return [put("contacts", event.data["person_id"], contact=reference(event, "contact"))]


def secret_made(event: Event) -> list[Change]:
    return [put("contacts", event.data["person_id"], secret=reference(event, "secret"))]


def preferences_changed(event: Event) -> list[Change]:
    return [put("preferences", event.data["person_id"], choices=event.data["preferences"])]


def blocked(event: Event) -> list[Change]:
    blocker = event.data["blocker_id"]
    return [put("blocks", block_id(couple(blocker, event.data["blocked_id"]), blocker), since=event.recorded_at)]


def unblocked(event: Event) -> list[Change]:
    blocker = event.data["blocker_id"]
    return [remove("blocks", block_id(couple(blocker, event.data["blocked_id"]), blocker))]


def pair_ended(event: Event) -> list[Change]:
    return [put("pairs", event.data["pair_id"], ended=True)]


def conversation_closed(event: Event) -> list[Change]:
    return [put("pairs", event.data["pair_id"], closed=True)]


def message_deleted(event: Event) -> list[Change]:
    return [put("deleted", event.data["message_id"], at=event.recorded_at)]


def administered(event: Event) -> list[Change]:
    """Who did what only an admin can do, is one: tokens say so at the time, events keep it."""
    if event.actor == SYSTEM.id:
        return []
    who = {"program_id": event.data["program_id"], "person_id": event.actor}
    return [put("admins", f"{who['program_id']}/{who['person_id']}", **who)]


def suspended(event: Event) -> list[Change]:
    return [put("standing", event.data["person_id"], suspended=True, until=event.data.get("until"))]


def not_suspended(event: Event) -> list[Change]:
    return [put("standing", event.data["person_id"], suspended=False, until=None)]


VIEWS: Views = {
    "notifications.NotificationRaised": raised,
    "notifications.NotificationDelivered": settled,
    "notifications.NotificationDropped": settled,
    "notifications.NotificationFailed": failed,
    "notifications.NotificationRequeued": requeued,
    "notifications.NotificationRead": read,
    "notifications.CoupleSilenced": silenced,
    "notifications.ContactChanged": contact_changed,
    "notifications.UnsubscribeSecretMade": secret_made,
    "notifications.PreferencesChanged": preferences_changed,
    "conversations.BlockRequested": blocked,
    "conversations.UnblockRequested": unblocked,
    "conversations.ConversationClosed": conversation_closed,
    "conversations.MessageDeleted": message_deleted,
    "programs.ProgramCreated": administered,
    "programs.ProgramRevised": administered,
    "programs.ProgramOpened": administered,
    "matching.RecommendationsProposed": administered,
    "matching.RecommendationsEdited": administered,
    "matching.PairsCreated": administered,
    "matching.BatchIntroduced": administered,
    "matching.PublicationUndone": administered,
    "matching.PairEnded": pair_ended,
    "trust_safety.PersonSuspended": suspended,
    "trust_safety.PersonRestricted": not_suspended,
    "trust_safety.PersonReinstated": not_suspended,
}
