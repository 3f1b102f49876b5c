"""Joining a program, changing one's mind, and leaving it."""

from __future__ import annotations

from datetime import timedelta

from services.matching.domain import errors
from services.matching.domain.parting import part
from services.matching.domain.replies import check
from services.matching.domain.roster import Roster, Signup
from shared.kernel.actor import Actor
from shared.kernel.clock import from_text, to_text
from shared.kernel.errors import AdultsOnly, NotFound
from shared.kernel.events import Data, NewEvent, Occasion
from shared.kernel.pairs import may_take_part


def sign_up(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """P-03, P-04. `facts`: the actor's `standing`. Raises AdultsOnly, AgeInReview, ProgramNotOpen, RemovedFromProgram,
    AlreadySignedUp, UnfitReply."""
    actor = occasion.actor
    if not (actor.adult and command["adult"]):
        raise AdultsOnly
    may_take_part(occasion.facts.get("standing"))
    if not roster.open:
        raise errors.ProgramNotOpen
    if actor.id in roster.barred_people:
        raise errors.RemovedFromProgram
    earlier = roster.signups.get(actor.id)
    if earlier and earlier.stands:
        raise errors.AlreadySignedUp
    who = {"signup_id": occasion.id("signup"), "person_id": actor.id, "role": command["role"]}
    told = _told(roster, command["role"], command["answers"], actor)
    terms = {"adult": True, "expires_at": _expiry(roster, occasion)}
    return [NewEvent("SignedUp", {**roster.place, **who, **told, **terms})]


def change_signup(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """New answers in place of the old ones. Raises NotSignedUp, UnfitReply."""
    signup = _own(roster, occasion)
    told = _told(roster, signup.role, command["answers"], occasion.actor)
    return [NewEvent("SignupChanged", {**_of(roster, signup), **told})]


def pause_signup(roster: Roster, _command: Data, occasion: Occasion) -> list[NewEvent]:
    """Raises NotSignedUp."""
    signup = _own(roster, occasion)
    return [] if signup.status == "paused" else [NewEvent("SignupPaused", _of(roster, signup))]


def resume_signup(roster: Roster, _command: Data, occasion: Occasion) -> list[NewEvent]:
    """`facts`: the actor's `standing`. Raises NotSignedUp, AgeInReview."""
    signup = _own(roster, occasion)
    may_take_part(occasion.facts.get("standing"))
    if signup.status == "active":
        return []
    terms = {"admin": _runs(roster, occasion.actor), "expires_at": _expiry(roster, occasion)}
    return [NewEvent("SignupResumed", {**_of(roster, signup), **terms})]


def withdraw_signup(roster: Roster, _command: Data, occasion: Occasion) -> list[NewEvent]:
    """Leave the program; running pairs end with it. Raises NotSignedUp."""
    return _leave(roster, _own(roster, occasion), occasion, by=occasion.actor.id)


def remove_signup(roster: Roster, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """An admin takes out somebody who has left the group: their own token alone would say so, and it comes no more.

    Raises NotFound, NotSignedUp, StillPaired.
    """
    signup = next((one for one in roster.signups.values() if one.signup_id == command["signup_id"]), None)
    if signup is None:
        raise NotFound
    if not signup.stands:
        raise errors.NotSignedUp
    if signup.current:
        raise errors.StillPaired
    return [NewEvent("SignupRemoved", _of(roster, signup))]


def remove_person(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """The person is gone from the program: removed by moderators (`barred`), or erased."""
    person_id = command["person_id"]
    if roster.group_id is None:
        return []
    events = []
    if command["barred"] and person_id not in roster.barred_people:
        events.append(NewEvent("PersonBarred", {**roster.place, "person_id": person_id}))
    signup = roster.signups.get(person_id)
    if signup and signup.stands:
        events += _leave(roster, signup, occasion, by=None)
    return events


def readmit_person(roster: Roster, command: Data, _occasion: Occasion) -> list[NewEvent]:
    """The removal by moderators is over."""
    if command["person_id"] not in roster.barred_people:
        return []
    return [NewEvent("PersonUnbarred", {**roster.place, "person_id": command["person_id"]})]


def expire_signup(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """P-11: who waited too long leaves the list; who is in a pair is asked again later."""
    signup = roster.signups.get(command["person_id"])
    if signup is None or not signup.stands or signup.signup_id != command["signup_id"]:
        return []
    if from_text(signup.expires_at) > occasion.now:
        return []
    if signup.current:
        return [NewEvent("SignupRenewed", {**_of(roster, signup), "expires_at": _expiry(roster, occasion)})]
    return [NewEvent("SignupExpired", _of(roster, signup))]


def _leave(roster: Roster, signup: Signup, occasion: Occasion, by: str | None) -> list[NewEvent]:
    pairs = list(roster.current_pairs_of(signup.person_id))
    left = NewEvent("SignupWithdrawn", _of(roster, signup))
    return [left, *part(roster, pairs, "other", by, occasion.now, leaving=signup.person_id)]


def _own(roster: Roster, occasion: Occasion) -> Signup:
    signup = roster.signups.get(occasion.actor.id)
    if signup is None or not signup.stands:
        raise errors.NotSignedUp("You are not signed up for this program.")
    return signup


def _of(roster: Roster, signup: Signup) -> Data:
    return {
        **roster.place,
        "signup_id": signup.signup_id,
        "person_id": signup.person_id,
        "role": signup.role,
    }


def _told(roster: Roster, role: str, answers: Data, actor: Actor) -> Data:
    check(roster.settings.questions, role, answers)
    capacity = answers.get("capacity", 1) if role == "mentor" else 1
    return {"capacity": capacity, "admin": _runs(roster, actor), "name": actor.name, "answers": answers}


def _runs(roster: Roster, actor: Actor) -> bool:
    """Trust and safety has to know its admins, whose desk nothing about one of them may come to (TS-09)."""
    return roster.group_id is not None and actor.is_admin(roster.group_id)


def _expiry(roster: Roster, occasion: Occasion) -> str:
    return to_text(occasion.now + timedelta(days=roster.settings.signup_expires_after_days))
