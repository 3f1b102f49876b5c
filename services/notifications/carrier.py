"""What carries mails: a port, so that the worker knows no protocol."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Protocol


class NotTaken(Exception):
    """The mail was not taken, as far as we know. `error` is a short word for the record.

    `final`: trying again is pointless. `away`: it is the carrier that fails, not this mail.
    """

    def __init__(self, error: str, *, final: bool = False, away: bool = False) -> None:
        super().__init__(error)
        self.error = error
        self.final = final
        self.away = away


class Carrier(Protocol):
    """Takes one mail at a time."""

    sender: str

    def carry(self, message: EmailMessage, to: str) -> None:
        """Hand a mail over. Returns once it was taken. Raises NotTaken."""
        ...

    def close(self) -> None:
        """Let go of the connection; the next `carry` makes a new one."""
        ...
