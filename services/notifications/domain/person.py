"""Decisions on how a person is reached: their contact, their preferences, their unsubscribe links."""

from __future__ import annotations

from services.notifications.domain.inbox import Inbox
from services.notifications.domain.kinds import CRITICAL, EMAIL, OFF, Choices, mode
from services.notifications.domain.unsubscribe import read_token
from shared.kernel.errors import NotFound, Refusal
from shared.kernel.events import Data, NewEvent, Occasion


class CannotBeSwitchedOff(Refusal):
    """NO-04."""

    kind = "invalid"
    slug = "cannot-be-switched-off"
    sentence = "Notices about decisions on your account always reach you; they cannot be switched off."


def register_contact(state: Inbox, command: Data, occasion: Occasion) -> list[NewEvent]:
    """What the token says of the person. Facts: `known` (the contact as it is, opened) and `secret` (a fresh one).

    A contact that no longer opens is a forgotten person's: nothing of theirs is taken in again (PR-06).
    """
    person_id = command["person_id"]
    contact = {name: command[name] for name in ("email", "locale", "timezone")}
    forgotten = state.contact is not None and occasion.facts["known"] is None
    if forgotten or occasion.facts["known"] == contact:
        return []
    events = [NewEvent("ContactChanged", {"person_id": person_id, "contact": contact})]
    if state.secret is None:
        secret = {"person_id": person_id, "secret": occasion.facts["secret"]}
        events.append(NewEvent("UnsubscribeSecretMade", secret))
    return events


def change_preferences(state: Inbox, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Raises CannotBeSwitchedOff for a critical kind."""
    wanted: Choices = command["preferences"]
    if any(kind in CRITICAL and OFF in modes.values() for kind, modes in wanted.items()):
        raise CannotBeSwitchedOff
    return _change(state, command["person_id"], wanted)


def unsubscribe(state: Inbox, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Switches one kind of mail off. Facts: `secret` (opened, or None). Raises NotFound where it does not fit."""
    token, secret = read_token(command["token"]), occasion.facts["secret"]
    if token is None or secret is None or not token.fits(secret) or token.kind in CRITICAL:
        raise NotFound
    return _change(state, token.person_id, {token.kind: {EMAIL: OFF}})


def _change(state: Inbox, person_id: str, wanted: Choices) -> list[NewEvent]:
    changed = {
        (kind, channel): wish
        for kind, modes in wanted.items()
        for channel, wish in modes.items()
        if mode(state.choices, kind, channel) != wish
    }
    if not changed:
        return []
    choices = {kind: dict(modes) for kind, modes in state.choices.items()}
    for (kind, channel), wish in changed.items():
        choices.setdefault(kind, {})[channel] = wish
    return [NewEvent("PreferencesChanged", {"person_id": person_id, "preferences": choices})]
