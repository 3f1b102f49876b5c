"""Who may do what in trust and safety, in one place.

A stranger to a case, its subject, and whoever a block keeps away from it get the answer of an unknown id (TS-12).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from services.trust_safety.apart import Parties
from services.trust_safety.domain.appeals import case_of_appeal
from services.trust_safety.domain.case import Dossier
from services.trust_safety.domain.errors import ConflictOfInterest
from services.trust_safety.domain.rules import PLATFORM_ONLY
from shared.kernel.actor import Actor
from shared.kernel.errors import Forbidden, NotFound
from shared.kernel.events import Data


def anyone(_actor: Actor, _state: Any, _command: Data) -> None:
    """Reports and appeals are open to everybody, suspended people too (TS-03); who may is decided on the target, and
    who looks at a case by what the views have of it."""


def handle(actor: Actor, dossier: Dossier, command: Data) -> None:
    """Moderators handle the platform's queue, a group's admins the group's own."""
    case = dossier.case(command["case_id"])
    in_charge(actor, case.queue, case.group_id)
    uninvolved(actor, case.subjects, case.reports.keys(), case.queue, case.group_id)


def sort(actor: Actor, dossier: Dossier, command: Data) -> None:
    """Take a case or hand it up, which triage does too."""
    case = dossier.case(command["case_id"])
    at_desk(actor, case.queue, case.group_id, to_sort=case.to_sort)
    uninvolved(actor, case.subjects, case.reports.keys(), case.queue, case.group_id)


def act(actor: Actor, dossier: Dossier, command: Data) -> None:
    """What reaches beyond one group is for moderators."""
    handle(actor, dossier, command)
    if command["action"] in PLATFORM_ONLY and not actor.is_moderator():
        raise Forbidden("This action reaches beyond your group. Escalate the case, and the platform will look at it.")


def look_at_evidence(actor: Actor, dossier: Dossier, command: Data) -> None:
    """Only at the platform's desk, never for a group's admin (TS-10, EV-07)."""
    case = dossier.case(command["case_id"])
    if case.queue == "admin" and not case.pending_appeals:
        raise NotFound
    at_desk(actor, "platform", case.group_id, to_sort=case.to_sort)
    uninvolved(actor, case.subjects, case.reports.keys(), "platform", case.group_id)


def decide_appeal(actor: Actor, dossier: Dossier, command: Data) -> None:
    """Appeals go to the platform, whoever took the action."""
    case = dossier.case(case_of_appeal(command["appeal_id"]))
    if not actor.is_moderator():
        raise NotFound
    uninvolved(actor, case.subjects, case.reports.keys(), "platform", case.group_id)


def in_charge(actor: Actor, queue: str, group_id: str | None) -> None:
    if queue == "platform" and actor.is_moderator():
        return
    if queue == "admin" and group_id is not None and actor.is_admin(group_id):
        return
    raise NotFound


def at_desk(actor: Actor, queue: str, group_id: str | None, *, to_sort: bool) -> None:
    """Who is in charge; and, while a case waits to be sorted at the platform's desk, triage."""
    if not (queue == "platform" and to_sort and actor.is_triage()):
        in_charge(actor, queue, group_id)


def weighs(actor: Actor) -> bool:
    """Moderators weigh a report: they read around the message, and what else is known of the two. Triage sorts by the
    report and its message alone (EV-03)."""
    return actor.is_moderator()


def uninvolved(
    actor: Actor, subjects: Collection[str], reporters: Collection[str], queue: str, group_id: str | None
) -> None:
    """No one handles a case in which they have a part. The platform's desk is not for the group's own admins either.

    Raises NotFound for the subject, who must not learn of it; ConflictOfInterest.
    """
    if actor.id in subjects:
        raise NotFound
    if actor.id in reporters or (queue == "platform" and group_id is not None and actor.is_admin(group_id)):
        raise ConflictOfInterest


def see(actor: Actor, found: Data, parties: Parties) -> str:
    """The desk at which somebody sees a case of the view. Raises NotFound, ConflictOfInterest."""
    if parties.apart:
        raise NotFound
    queue: str = "platform" if actor.is_moderator() and found.get("open_appeals") else found["queue"]
    to_sort = found["status"] == "open" and found.get("open_appeals") is None
    at_desk(actor, queue, found["group_id"], to_sort=to_sort)
    uninvolved(actor, parties.subjects, parties.reporters, queue, found["group_id"])
    return queue


def admin_of(actor: Actor, group_id: str) -> None:
    if not actor.is_member(group_id):
        raise NotFound
    if not actor.is_admin(group_id):
        raise Forbidden("Only an admin of the group can see this.")


def moderator(actor: Actor) -> None:
    if not actor.is_moderator():
        raise Forbidden("Only moderators can see this.")


def mute(actor: Actor, _state: Any, _command: Data) -> None:
    if not actor.is_moderator():
        raise Forbidden("Only moderators can do this.")


def one_of(actor: Actor, *roles: str) -> None:
    if not actor.roles & set(roles):
        raise Forbidden


def gateway(actor: Actor) -> None:
    """Only a service asks this: the gateway lets no token pass whose subject is `system`."""
    if actor.id != "system":
        raise Forbidden
