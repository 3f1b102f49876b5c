"""Who may do what in conversations, in one place: the two of a pair, and nobody else (P-14)."""

from __future__ import annotations

from services.conversations.domain.couple import Couple
from shared.kernel.actor import Actor
from shared.kernel.errors import AdultsOnly, Forbidden, NotFound
from shared.kernel.events import Data


def one_of_the_pair(actor: Actor, state: Couple, command: Data) -> None:
    """Checked at every message: one of the two, an adult, and still in the group (P-03)."""
    space = state.spaces.get(command["pair_id"])
    if space is None or actor.id not in space.sides:
        raise NotFound
    if not actor.adult:
        raise AdultsOnly
    if not actor.is_member(space.pair["group_id"]):
        raise Forbidden("You are no longer a member of this group.")


def anyone(_actor: Actor, _state: Couple, _command: Data) -> None:
    """Everybody may block anybody, at any time (BL-08)."""
