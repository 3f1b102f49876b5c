"""Who may do what in programs, in one place."""

from __future__ import annotations

from services.programs.domain.journey import Journey
from services.programs.domain.program import Program
from shared.kernel.actor import Actor
from shared.kernel.errors import AdultsOnly, Forbidden, NotFound
from shared.kernel.events import Data


def admin_of_the_group(actor: Actor, group_id: str) -> None:
    """A stranger does not learn that the group is there; a member learns that it takes an admin."""
    if not actor.is_member(group_id):
        raise NotFound
    if not actor.is_admin(group_id):
        raise Forbidden("Only an admin of the group can do this.")


def create_in_group(actor: Actor, _state: Program, command: Data) -> None:
    admin_of_the_group(actor, command["group_id"])


def change_program(actor: Actor, state: Program, _command: Data) -> None:
    if state.status == "none":
        raise NotFound
    admin_of_the_group(actor, state.group_id)


def member_of_the_group(actor: Actor, group_id: str) -> None:
    if not actor.is_member(group_id):
        raise NotFound


def one_of_the_pair(actor: Actor, state: Journey, _command: Data) -> None:
    """Only the two of the pair, while they are adults and in the group (P-03, P-14)."""
    if not state.pair or actor.id not in state.sides:
        raise NotFound
    if not actor.adult:
        raise AdultsOnly
    if not actor.is_member(state.pair["group_id"]):
        raise Forbidden("You are no longer a member of this group.")


def anyone(_actor: Actor, _state: Program, _command: Data) -> None:
    """Nothing to check before the facts are known; the handler asks the policy of the original then."""
