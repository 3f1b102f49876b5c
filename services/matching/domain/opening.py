"""The roster follows its program: it opens, heeds new settings, and closes. All of it is done by reactions."""

from __future__ import annotations

from services.matching.domain.roster import Roster, Settings
from shared.kernel.events import Data, NewEvent, Occasion


def open_roster(roster: Roster, command: Data, _occasion: Occasion) -> list[NewEvent]:
    if roster.open:
        return []
    return [NewEvent("RosterOpened", {name: command[name] for name in ("program_id", "group_id", "settings")})]


def revise_roster(roster: Roster, command: Data, _occasion: Occasion) -> list[NewEvent]:
    if not roster.open or roster.settings == Settings.of(command["settings"]):
        return []
    return [NewEvent("RosterRevised", {**roster.place, "settings": command["settings"]})]


def close_roster(roster: Roster, _command: Data, _occasion: Occasion) -> list[NewEvent]:
    return [NewEvent("RosterClosed", roster.place)] if roster.open else []
