"""Who blocks whom, of one couple: the registry that all services hear (BL-01, BL-08)."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.kernel.events import Aggregate, Data, Event, NewEvent, Occasion
from shared.kernel.ids import couple


@dataclass(slots=True)
class Block:
    """Either may block the other, or both: `blockers` are those who do now."""

    blockers: set[str] = field(default_factory=set)


def stream(command: Data) -> str:
    return f"block-{couple(command['blocker_id'], command['blocked_id'])}"


def evolve(block: Block, event: Event) -> Block:
    if event.type == "PersonBlocked":
        block.blockers.add(event.data["blocker_id"])
    elif event.type == "PersonUnblocked":
        block.blockers.discard(event.data["blocker_id"])
    return block


BLOCK: Aggregate[Block] = Aggregate("block", Block, evolve)


def register_block(block: Block, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Blocking twice is blocking once."""
    return [] if command["blocker_id"] in block.blockers else [NewEvent("PersonBlocked", _two(command))]


def register_unblock(block: Block, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """Takes back one's own block only; the other's stands."""
    return [NewEvent("PersonUnblocked", _two(command))] if command["blocker_id"] in block.blockers else []


def _two(command: Data) -> Data:
    return {"blocker_id": command["blocker_id"], "blocked_id": command["blocked_id"]}
