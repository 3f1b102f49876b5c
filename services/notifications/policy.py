"""Who may do what in notifications, in one place."""

from __future__ import annotations

from services.notifications.domain.inbox import Inbox
from shared.kernel.actor import Actor
from shared.kernel.errors import NotFound
from shared.kernel.events import Data


def own_inbox(actor: Actor, _state: Inbox, command: Data) -> None:
    """Everybody has one inbox, and knows of no other."""
    if actor.id != command["person_id"]:
        raise NotFound


def whoever_has_the_token(_actor: Actor, _state: Inbox, _command: Data) -> None:
    """The token is the proof: a mail client unsubscribes without a login (NO-09)."""


def operate(actor: Actor, _state: Inbox, _command: Data) -> None:
    operator(actor)


def operator(actor: Actor) -> None:
    """To everybody else the thing is not there."""
    if "operator" not in actor.roles:
        raise NotFound
