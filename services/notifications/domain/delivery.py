"""Decisions on how a notification fared on its way: delivered, failed and tried again, given up, or not sent after all.

Each is asked for by the mail worker, which may ask twice: what has an outcome already gives nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.notifications.domain.inbox import Inbox, Sending
from services.notifications.domain.kinds import EMAIL
from shared.kernel.clock import to_text
from shared.kernel.errors import NotFound
from shared.kernel.events import Data, NewEvent, Occasion
from shared.kernel.ids import derive

BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""How long to wait after the first failure, the second, …; after the last of them it is given up (NO-13)."""

JITTER = 0.1
"""Waits are longer by up to this share, different for each, so that what failed together is not tried together."""


def record_delivery(state: Inbox, command: Data, _occasion: Occasion) -> list[NewEvent]:
    if _open(state, command) is None:
        return []
    return [NewEvent("NotificationDelivered", _which(command))]


def drop_delivery(state: Inbox, command: Data, _occasion: Occasion) -> list[NewEvent]:
    if _open(state, command) is None:
        return []
    return [NewEvent("NotificationDropped", {**_which(command), "why": command["why"]})]


def record_failure(state: Inbox, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Only the next attempt counts, so that the same failure told twice is one."""
    sending = _open(state, command)
    if sending is None or command["attempt"] != sending.failures + 1:
        return []
    attempt = command["attempt"]
    next_at = None if command["final"] else next_try(command["notification_id"], attempt, occasion.now)
    failed = {**_which(command), "attempt": attempt, "error": command["error"]}
    return [NewEvent("NotificationFailed", {**failed, "next_at": next_at and to_text(next_at)})]


def retry_delivery(state: Inbox, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """An operator's wish. Raises NotFound where nothing of that id was given up."""
    sending = state.sending.get((command["notification_id"], EMAIL))
    if sending is None or not sending.given_up:
        raise NotFound
    return [NewEvent("NotificationRequeued", _which({**command, "channel": EMAIL}))]


def next_try(notification_id: str, attempt: int, now: datetime) -> datetime | None:
    """When to try again after a failed attempt (counted from 1), or None to give up."""
    if attempt > len(BACK_OFF):
        return None
    chance = int(derive("jitter", notification_id, attempt)[:8], 16) / 0xFFFFFFFF
    return now + BACK_OFF[attempt - 1] * (1 + JITTER * chance)


def _open(state: Inbox, command: Data) -> Sending | None:
    sending = state.sending.get((command["notification_id"], command["channel"]))
    return None if sending is None or sending.given_up else sending


def _which(command: Data) -> Data:
    return {name: command[name] for name in ("notification_id", "person_id", "channel")}
