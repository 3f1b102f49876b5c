"""Who may do what in matching, in one place."""

from __future__ import annotations

from services.matching.domain.roster import Roster
from shared.application.table import Asked
from shared.kernel.actor import Actor
from shared.kernel.errors import AdultsOnly, Forbidden, NotFound
from shared.kernel.events import Data


def member_of_the_group(actor: Actor, group_id: str | None) -> None:
    """A stranger does not learn that the program is there."""
    if group_id is None or not actor.is_member(group_id):
        raise NotFound


def admin_of_the_group(actor: Actor, group_id: str | None) -> None:
    """A member learns that it takes an admin."""
    member_of_the_group(actor, group_id)
    if group_id is None or not actor.is_admin(group_id):
        raise Forbidden("Only an admin of the group can do this.")


def roster_of(asked: Asked) -> Data:
    """The roster's document of the program that is asked about, for admins of its group."""
    found = asked.reads.get("rosters", asked.params["program_id"])
    admin_of_the_group(asked.actor, found["group_id"] if found else None)
    if found is None:
        raise NotFound
    return found


def join(actor: Actor, roster: Roster, _command: Data) -> None:
    """Members who are adults (P-03)."""
    member_of_the_group(actor, roster.group_id)
    _adult(actor)


def leave(actor: Actor, roster: Roster, _command: Data) -> None:
    """Whoever is in may always rest or leave, whatever became of their membership."""
    if actor.id not in roster.signups:
        member_of_the_group(actor, roster.group_id)


def pair_people(actor: Actor, roster: Roster, _command: Data) -> None:
    admin_of_the_group(actor, roster.group_id)
    _adult(actor)


def pair_people_of(actor: Actor, roster: Roster, command: Data) -> None:
    """To introduce a draft: admins only. The two of an introduced pair learn no more than that it takes an admin."""
    _of_the_pair(actor, roster, command)
    pair_people(actor, roster, command)


def end_the_pair(actor: Actor, roster: Roster, command: Data) -> None:
    """Either side or an admin."""
    _of_the_pair(actor, roster, command)


def rest_the_pair(actor: Actor, roster: Roster, command: Data) -> None:
    """Either side or an admin, while they are adults."""
    _of_the_pair(actor, roster, command)
    _adult(actor)


def go_on_with_the_pair(actor: Actor, roster: Roster, command: Data) -> None:
    """To wake a pair takes what being paired takes: an adult who is still in the group (P-03)."""
    rest_the_pair(actor, roster, command)
    if roster.group_id is None or not actor.is_member(roster.group_id):
        raise Forbidden("You are no longer a member of this group.")


def sees_as_one_of_the_two(actor: Actor, pair: Data) -> bool:
    """The two see their pair from the introduction on."""
    return actor.id in pair["people"] and pair["introduced"]


def see_the_pair(actor: Actor, pair: Data | None) -> Data:
    """Either side or an admin of the group; nobody else learns that the pair is there."""
    if pair is None or not (sees_as_one_of_the_two(actor, pair) or actor.is_admin(pair["group_id"])):
        raise NotFound
    return pair


def _of_the_pair(actor: Actor, roster: Roster, command: Data) -> None:
    pair = roster.pairs.get(command["pair_id"])
    if pair is None or roster.group_id is None:
        raise NotFound
    if not (actor.is_admin(roster.group_id) or (pair.introduced and actor.id in pair.people)):
        raise NotFound


def _adult(actor: Actor) -> None:
    if not actor.adult:
        raise AdultsOnly
