"""The health of a pair from metadata only, never from text (P-20). The weights are rules from evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.kernel.clock import from_text
from shared.kernel.events import Data

TOO_EARLY = timedelta(days=14)
STALLED = timedelta(days=28)
NEEDS_A_CHECK_IN = 4

ADMIN_SEES = (
    "who is paired with whom, and since when",
    "how many steps are done or skipped",
    "when each week was checked in, and whether you met; never your notes or ratings",
    "whether the pair is on track, and by which of these signs",
    "that a pair is paused or has ended, and the reason given; never who blocked whom",
)
"""Shown to the pair word by word, so that nobody has to guess."""


@dataclass(frozen=True)
class Health:
    state: str
    score: int
    reasons: tuple[str, ...]


def health(journey: Data, now: datetime) -> Health:
    """`journey`: the view's document. A sign adds its weight; four or more need a check-in."""
    if journey["status"] != "running":
        return Health("paused" if journey["status"] == "paused" else "over", 0, ())
    if journey.get("completed"):
        return Health("over", 0, ())
    started = from_text(journey["started_at"])
    found = [(sentence, weight) for sentence, weight in _signs(journey, now) if weight]
    score = sum(weight for _, weight in found)
    reasons = tuple(sentence for sentence, _ in found)
    if now - started < TOO_EARLY:
        return Health("too-early", score, reasons)
    if now - from_text(journey.get("active_at") or journey["started_at"]) >= STALLED:
        return Health("stalled", score, reasons)
    return Health("needs-a-check-in" if score >= NEEDS_A_CHECK_IN else "on-track", score, reasons)


def _signs(journey: Data, now: datetime) -> list[tuple[str, int]]:
    started = from_text(journey["started_at"])
    silent = "active_at" not in journey and now - started > timedelta(days=3)
    unmet = not any(one["met"] for one in journey.get("check_ins", ())) and now - started > timedelta(days=14)
    pulses = [one["rating"] for one in journey.get("pulses", ())]
    low = bool(pulses) and (pulses[-1] <= 4 or (len(pulses) > 1 and pulses[-2] - pulses[-1] >= 3))
    return [
        ("No first contact within 3 days.", 2 * silent),
        ("No meeting within 14 days.", 3 * unmet),
        ("Two check-ins in a row were missed.", 3 * (missed_in_a_row(journey) >= 2)),
        ("The pulse is low or fell.", 4 * low),
    ]


def missed_in_a_row(journey: Data) -> int:
    """How many of the latest weeks nobody checked in."""
    missed, answered = set(journey.get("missed", ())), {one["week"] for one in journey.get("check_ins", ())}
    count = 0
    for week in range(max(missed | answered, default=0), 0, -1):
        if week not in missed:
            break
        count += 1
    return count
