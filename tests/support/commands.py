"""Listens to what a client really sends to the store."""

from __future__ import annotations

from typing import Any

from pymongo.monitoring import CommandListener, CommandStartedEvent


class Sent(CommandListener):
    """Every command in the order it was sent: a list of (name, command)."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, dict[str, Any]]] = []

    def named(self, name: str) -> list[dict[str, Any]]:
        return [command for sent, command in self.commands if sent == name]

    def started(self, event: CommandStartedEvent) -> None:
        self.commands.append((event.command_name, dict(event.command)))

    def succeeded(self, event: object) -> None:
        pass

    def failed(self, event: object) -> None:
        pass
