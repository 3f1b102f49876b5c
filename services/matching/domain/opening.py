"""The roster follows its program: it opens, heeds new settings, and closes. All of it is done by reactions."""

from __future__ import annotations

from services.matching.domain.rolling import scheduled
from services.matching.domain.roster import Roster, Settings
from shared.kernel.events import Data, NewEvent, Occasion


def open_roster(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    if roster.open:
        return []
    place = {name: command[name] for name in ("program_id", "group_id")}
    opened = NewEvent("RosterOpened", {**place, "settings": command["settings"]})
    rolling = Settings.of(command["settings"]).rolling
    return [opened, scheduled(place, rolling, occasion.now, occasion.now)] if rolling.every_days else [opened]


def revise_roster(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    settings = Settings.of(command["settings"])
    if not roster.open or roster.settings == settings:
        return []
    revised = NewEvent("RosterRevised", {**roster.place, "settings": command["settings"]})
    if settings.rolling.every_days == roster.settings.rolling.every_days:
        return [revised]
    return [revised, scheduled(roster.place, settings.rolling, occasion.now, occasion.now)]


def close_roster(roster: Roster, _command: Data, _occasion: Occasion) -> list[NewEvent]:
    return [NewEvent("RosterClosed", roster.place)] if roster.open else []
