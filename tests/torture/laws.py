"""What the domain forbids, looked for in what was stored: one law per kind of stream."""

from __future__ import annotations

from collections.abc import Callable

from services.matching.domain.evolving import ROSTER
from services.matching.domain.roster import Roster
from shared.kernel.events import Event


def nothing_after_a_block(events: list[Event]) -> list[str]:
    found, blockers, ended = [], set(), set()
    for event in events:
        match event.type:
            case "BlockRequested":
                blockers.add(event.data["blocker_id"])
            case "UnblockRequested":
                blockers.discard(event.data["blocker_id"])
            case "ConversationClosed":
                ended.add(event.data["pair_id"])
            case "MessageSent" | "MessageEdited" | "ReactionAdded" | "PostShared" | "CommentAdded":
                if blockers or event.data["pair_id"] in ended:
                    found.append(f"I5: {event.type} came after a block or the end in {event.stream}.")
    return found


def places_are_kept(events: list[Event]) -> list[str]:
    found: list[str] = []
    roster = Roster()
    for event in events:
        if event.type == "PairCreated":
            sides = (event.data["mentor_id"], event.data["mentee_id"])
            found += [f"I5: {who} was paired beyond their capacity." for who in sides if roster.room(who) < 1]
        roster = ROSTER.evolve(roster, event)
    return found


LAWS: dict[str, Callable[[list[Event]], list[str]]] = {"couple": nothing_after_a_block, "roster": places_are_kept}
