"""How many people block the same person: three within 30 days are for moderators to look at (BL-12)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from shared.kernel.clock import from_text
from shared.kernel.events import Aggregate, Data, Event, NewEvent, Occasion

BLOCKERS = 3
WITHIN = timedelta(days=30)


@dataclass(slots=True)
class Blocked:
    """`since`: by blocker, when they last blocked the person; those whom moderators were shown count no more."""

    since: dict[str, str] = field(default_factory=dict)


def stream(command: Data) -> str:
    return f"blocked-{command['person_id']}"


def evolve(blocked: Blocked, event: Event) -> Blocked:
    if event.type == "BlockCounted":
        blocked.since[event.data["blocker_id"]] = event.data["at"]
    elif event.type == "BlocksGathered":
        blocked.since.clear()
    return blocked


BLOCKED: Aggregate[Blocked] = Aggregate("blocked", Blocked, evolve)


def count_block(blocked: Blocked, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Every block counts, also one that is taken back, and each person once. `at` is when it was registered: blocks of
    several couples come in any order."""
    person_id, blocker_id, at = (command[name] for name in ("person_id", "blocker_id", "at"))
    if at <= blocked.since.get(blocker_id, ""):
        return []
    since = {**blocked.since, blocker_id: at}
    counted = NewEvent("BlockCounted", {"person_id": person_id, "blocker_id": blocker_id, "at": at})
    return [counted, *([NewEvent("BlocksGathered", {"person_id": person_id})] if _gathered(since) else [])]


def _gathered(since: dict[str, str]) -> bool:
    moments = sorted(map(from_text, since.values()))
    return any(last - first <= WITHIN for first, last in zip(moments, moments[BLOCKERS - 1 :], strict=False))
