"""The hard rules of pairing, each a sentence. By hand, in bulk, recommended: all ask `objection` (P-06, P-08)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.matching.domain import errors
from services.matching.domain.hours import lived, shared_hours
from services.matching.domain.profile import Profile, hours_apart
from services.matching.domain.questions import agree
from services.matching.domain.roster import Roster, Signup
from shared.kernel.clock import from_text
from shared.kernel.errors import AdultsOnly, Refusal
from shared.kernel.events import Data, Occasion
from shared.kernel.ids import couple


@dataclass(frozen=True, slots=True)
class Known:
    """All that the rules look at. `taken` counts places that the decision at hand has given away already.

    `load` counts a mentor's pairs over all programs; `in_review` are those who are in a pair that is looked into.
    """

    roster: Roster
    profiles: Mapping[str, Profile]
    standing: Mapping[str, Data]
    blocked: AbstractSet[str]
    now: datetime
    taken: Counter[str] = field(default_factory=Counter)
    load: Mapping[str, int] = field(default_factory=dict)
    in_review: AbstractSet[str] = frozenset()

    @classmethod
    def of(cls, roster: Roster, occasion: Occasion) -> Known:
        return cls.at(occasion.now, roster, occasion.facts)

    @classmethod
    def at(cls, now: datetime, roster: Roster, facts: Mapping[str, Any]) -> Known:
        """`facts` as `services.matching.facts.about` finds them; from `now` on it is counted who is free when."""
        profiles = lived(facts["profiles"], roster.settings.weeks, now)
        more = {name: facts[name] for name in ("load", "in_review") if name in facts}
        return cls(roster, profiles, facts["standing"], facts["blocked"], now, **more)

    def room(self, person_id: str) -> int:
        """How many more pairs this person can take."""
        return min(self.room_here(person_id), self.room_in_all(person_id))

    def room_here(self, person_id: str) -> int:
        """The same as far as this program alone goes."""
        return self.roster.room(person_id) - self.taken[person_id]

    def room_in_all(self, person_id: str) -> int:
        """The same as far as the pairs of a mentor over all programs go: never fewer than this program allows alone."""
        settings = self.roster.settings
        most = max(settings.mentees_in_all, settings.mentees_per_mentor)
        return most - self.load.get(person_id, 0) - self.taken[person_id]


def objection(known: Known, mentor_id: str, mentee_id: str) -> Refusal | None:
    """Why these two cannot be paired now; None where they can."""
    if mentor_id == mentee_id:
        return errors.SelfPairing()
    return (
        unfit(known, mentee_id, "mentee")
        or unfit(known, mentor_id, "mentor")
        or clash(known, known.profiles[mentor_id], known.profiles[mentee_id])
    )


def unfit(known: Known, person_id: str, role: str) -> Refusal | None:
    """Why this person cannot be paired with anybody in this role now."""
    signup = known.roster.signups.get(person_id)
    if signup is None or not signup.stands:
        return errors.NotSignedUp()
    if signup.role != role:
        return errors.WrongRole()
    return next((error() for holds, error in _OF_A_PERSON if not holds(known, signup)), None)


def clash(known: Known, mentor: Profile, mentee: Profile) -> Refusal | None:
    """Why these two, each of whom may be paired, cannot be paired with each other."""
    return next((error() for holds, error in _OF_A_COUPLE if not holds(known, mentor, mentee)), None)


def is_not_resting(_known: Known, signup: Signup) -> bool:
    return signup.status == "active"


def is_an_adult(_known: Known, signup: Signup) -> bool:
    return signup.adult


def is_in_good_standing(known: Known, signup: Signup) -> bool:
    """Neither restricted nor suspended at this moment, nor disputed to be of age."""
    standing = known.standing.get(signup.person_id, {})
    sanction = standing.get("sanction")
    if standing.get("age_disputed"):
        return False
    return sanction is None or (sanction["until"] is not None and from_text(sanction["until"]) <= known.now)


def was_not_removed(known: Known, signup: Signup) -> bool:
    """A member of the program still, as far as the moderators' word goes."""
    return signup.person_id not in known.roster.barred_people


def has_readable_answers(known: Known, signup: Signup) -> bool:
    return signup.person_id in known.profiles


def as_mentee_has_no_mentor_yet(known: Known, signup: Signup) -> bool:
    return signup.role != "mentee" or known.room_here(signup.person_id) > 0


def as_mentor_has_a_place_free(known: Known, signup: Signup) -> bool:
    return signup.role != "mentor" or known.room_here(signup.person_id) > 0


def as_mentor_is_not_overloaded(known: Known, signup: Signup) -> bool:
    """Over all programs; a mentor of many has no more to give than one of few."""
    return signup.role != "mentor" or known.room_in_all(signup.person_id) > 0


def has_rested_since_the_last_pair(known: Known, signup: Signup) -> bool:
    """Who has others to go on with is not left alone by the end of one pair, and needs no pause."""
    until = rested_at(known, signup)
    return until is None or until <= known.now or bool(signup.current)


def rested_at(known: Known, signup: Signup) -> datetime | None:
    """When the pause after the last pair is over; None where there was no pair."""
    ended = known.roster.ended_at.get(signup.person_id)
    return None if ended is None else from_text(ended) + timedelta(days=known.roster.settings.rematch_rest_days)


def is_not_under_review(known: Known, signup: Signup) -> bool:
    """Nobody is given somebody new while one of their pairs is looked into (TS-22)."""
    return signup.person_id not in known.in_review


def they_were_no_pair_before(known: Known, mentor: Profile, mentee: Profile) -> bool:
    return couple(mentor.person_id, mentee.person_id) not in known.roster.met


def nothing_keeps_them_apart(known: Known, mentor: Profile, mentee: Profile) -> bool:
    two = couple(mentor.person_id, mentee.person_id)
    wished = mentee.person_id in mentor.do_not_pair or mentor.person_id in mentee.do_not_pair
    return not wished and two not in known.blocked and two not in known.roster.barred_couples


def they_share_a_language_where_the_program_asks_for_it(known: Known, mentor: Profile, mentee: Profile) -> bool:
    return not known.roster.settings.shared_language or bool(mentor.languages & mentee.languages)


def their_clocks_are_close_enough(known: Known, mentor: Profile, mentee: Profile) -> bool:
    return hours_apart(mentor, mentee) <= known.roster.settings.hours_apart


def they_share_the_hours_that_the_program_asks_for(known: Known, mentor: Profile, mentee: Profile) -> bool:
    """Where both told when they are free."""
    shared = shared_hours(mentor, mentee)
    return shared is None or shared >= known.roster.settings.hours_shared


def they_agree_where_the_program_insists(known: Known, mentor: Profile, mentee: Profile) -> bool:
    hard = (one for one in known.roster.settings.questions if one.use == "hard")
    return all(agree(question, mentor, mentee) for question in hard)


_OF_A_PERSON: tuple[tuple[Callable[[Known, Signup], bool], type[Refusal]], ...] = (
    (is_not_resting, errors.SignupResting),
    (is_an_adult, AdultsOnly),
    (was_not_removed, errors.NotAvailable),
    (is_in_good_standing, errors.NotAvailable),
    (has_readable_answers, errors.NotAvailable),
    (as_mentee_has_no_mentor_yet, errors.MenteeTaken),
    (as_mentor_has_a_place_free, errors.MentorFull),
    (as_mentor_is_not_overloaded, errors.MentorBusy),
    (has_rested_since_the_last_pair, errors.StillResting),
    # Last, so that of somebody who could not be paired anyhow nothing more can be learned than that.
    (is_not_under_review, errors.NotAvailable),
)

_OF_A_COUPLE: tuple[tuple[Callable[[Known, Profile, Profile], bool], type[Refusal]], ...] = (
    (they_were_no_pair_before, errors.FormerPair),
    (nothing_keeps_them_apart, errors.NotToBePaired),
    (they_share_a_language_where_the_program_asks_for_it, errors.NoSharedLanguage),
    (their_clocks_are_close_enough, errors.TooFarApart),
    (they_share_the_hours_that_the_program_asks_for, errors.TooFewHours),
    (they_agree_where_the_program_insists, errors.Disagree),
)
