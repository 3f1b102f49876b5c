"""How urgent a report is, and whose desk it goes to: rules as sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from shared.kernel.clock import from_text, to_text
from shared.kernel.events import Event

SEVERITY = {
    "threat-or-violence": "S0",
    "self-harm": "S0",
    "may-be-under-18": "S1",
    "sexual-content": "S1",
    "hate": "S2",
    "harassment": "S2",
    "scam-or-money": "S2",
    "off-platform-pressure": "S2",
    "impersonation": "S2",
    "spam": "S3",
    "other": "S3",
}

URGENT = "S0"
"""What is never held up: neither by a limit nor because its reporter is muted."""
SEVERITY_OF_BLOCKS = "S2"
"""Of a case that is opened because several people blocked the same person."""

DUE_WITHIN = {
    "S0": timedelta(hours=4),
    "S1": timedelta(hours=24),
    "S2": timedelta(days=3),
    "S3": timedelta(days=7),
}

SAFETY = frozenset({"threat-or-violence", "self-harm", "may-be-under-18", "sexual-content"})
"""What no group handles by itself."""

ASSIGNED_FOR = timedelta(hours=12)
USUAL_APPEAL_WINDOW = timedelta(days=180)

LASTING = frozenset({"restrict", "suspend", "ban", "remove-from-program"})
TOLD = LASTING | {"warn"}
"""Actions that the person concerned is told of, and may appeal."""
GIVES_BACK = frozenset({"reinstate", "confirm-adult", "reset-adult"})
"""Actions that the person is told of, too, but that take nothing from them. They may also follow the end of a case."""
PLATFORM_ONLY = frozenset({"restrict", "suspend", "ban", "release-pair"}) | GIVES_BACK
"""Actions that reach beyond one group, so no group admin takes them."""
SETTLES = TOLD | {"dismiss", "confirm-adult"}
"""Actions that settle a case, unless it is said that it stays open."""
ANSWERS_AGE = frozenset({"confirm-adult", "suspend", "ban", "remove-from-program"})
"""What may become of a person who was said to be under 18: shown to be an adult, or gone (PR-18)."""

DISPUTES_AT_A_TIME = 3


def appeal_before(taken: Event) -> str | None:
    """Until when an action can be appealed, as it was told; None where nothing was taken from anybody."""
    if taken.data["action"] not in TOLD:
        return None
    told: str | None = taken.data.get("appeal_before")
    return told or to_text(from_text(taken.recorded_at) + USUAL_APPEAL_WINDOW)


@dataclass(frozen=True, slots=True)
class Route:
    """What the choice of a desk looks at."""

    kind: str
    reason: str
    to: str
    group_id: str | None
    subject_is_admin: bool


Rule = tuple[str, Callable[[Route], bool]]

TO_THE_PLATFORM: tuple[Rule, ...] = (
    ("the reporter wants the platform to look", lambda route: route.to == "platform"),
    ("safety is never left to a group", lambda route: route.reason in SAFETY),
    ("a program is run by the admins whom it would be reported to", lambda route: route.kind == "program"),
    ("nobody judges a report about themselves or a fellow admin", lambda route: route.subject_is_admin),
    ("without a group there is no admin", lambda route: route.group_id is None),
)
"""The first that fits sends a report to the platform; else it goes to the group's admins (TS-09)."""


def queue_for(route: Route) -> str:
    """`platform` or `admin`."""
    return "platform" if any(fits(route) for _, fits in TO_THE_PLATFORM) else "admin"
