"""Decisions on what a person is told, and what they have seen of it."""

from __future__ import annotations

from services.notifications.domain.inbox import Inbox
from services.notifications.domain.kinds import channels
from shared.kernel.events import Data, NewEvent, Occasion
from shared.kernel.ids import derive
from shared.kernel.pairs import couple_of


def raise_notification(state: Inbox, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Once per cause and kind (NO-01); never about somebody whom the person has blocked (BL-03)."""
    person_id, kind, cause = command["person_id"], command["kind"], command["cause"]
    notification_id = derive("notification", person_id, cause, kind)
    about = command["about"]
    if notification_id in state.raised:
        return []
    if "pair_id" in about and couple_of(about["pair_id"]) in state.silenced:
        return []
    counted = {"count": command["count"]} if "count" in command else {}
    return [
        NewEvent(
            "NotificationRaised",
            {
                "notification_id": notification_id,
                "person_id": person_id,
                "kind": kind,
                "about": about,
                "cause": cause,
                "channels": channels(state.choices, kind),
                **counted,
            },
        )
    ]


def mark_notifications_read(state: Inbox, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Ids that are not unread ones of this person change nothing, whoever's they are."""
    return _read(command, [known for known in dict.fromkeys(command["notification_ids"]) if known in state.unread])


def settle_messages(state: Inbox, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Who read a conversation needs no more notice of its messages, up to and including the last one read."""
    seen: list[str] = []
    for notification_id, unread in state.unread.items():
        if unread.kind == "message-received" and unread.about["pair_id"] == command["pair_id"]:
            seen.append(notification_id)
            if unread.about["message_id"] == command["up_to"]:
                return _read(command, seen)
    return []


def silence_couple(state: Inbox, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """The person blocked the other of the couple: what they have not read goes, sent or not (BL-03)."""
    couple_id = command["couple_id"]
    if couple_id in state.silenced:
        return []
    gone = [notification_id for notification_id, unread in state.unread.items() if unread.is_between(couple_id)]
    silenced = {"person_id": command["person_id"], "couple_id": couple_id, "notification_ids": gone}
    return [NewEvent("CoupleSilenced", silenced)]


def unsilence_couple(state: Inbox, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Nothing missed comes back (BL-09)."""
    if command["couple_id"] not in state.silenced:
        return []
    return [NewEvent("CoupleUnsilenced", {"person_id": command["person_id"], "couple_id": command["couple_id"]})]


def _read(command: Data, notification_ids: list[str]) -> list[NewEvent]:
    if not notification_ids:
        return []
    read = {"person_id": command["person_id"], "notification_ids": notification_ids}
    return [NewEvent("NotificationRead", read)]
