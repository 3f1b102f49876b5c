"""What the kinds of notifications have in common: which nobody can switch off, and which end with the pair."""

from __future__ import annotations

from collections.abc import Mapping

INBOX = "inbox"
EMAIL = "email"

OFF = "off"
IMMEDIATE = "immediate"

CRITICAL = frozenset({"statement-of-reasons", "appeal-decided"})
"""They carry a person's right to object, so they reach the suspended too, whatever was chosen (NO-04)."""

OF_A_LIVING_PAIR = frozenset(
    {
        "pair-introduced",
        "pair-paused",
        "pair-resumed",
        "message-received",
        "post-shared",
        "comment-added",
        "check-in-due",
        "step-completed",
    }
)
"""Not worth a mail once the pair has ended (NO-03)."""

Choices = Mapping[str, Mapping[str, str]]
"""Kind → channel → mode, only what the person chose."""


def mode(choices: Choices, kind: str, channel: str) -> str:
    """What holds for a kind on a channel: immediate, unless it may be switched off and was."""
    if kind in CRITICAL:
        return IMMEDIATE
    return choices.get(kind, {}).get(channel, IMMEDIATE)


def channels(choices: Choices, kind: str) -> list[str]:
    """The inbox is the record and always one of them (NO-18)."""
    return [INBOX, EMAIL] if mode(choices, kind, EMAIL) == IMMEDIATE else [INBOX]
