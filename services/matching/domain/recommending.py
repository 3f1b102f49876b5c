"""A run of the recommendations: the best whole assignment that the hard rules allow, not first come (P-08)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from services.matching.domain import errors
from services.matching.domain.hours import first_monday
from services.matching.domain.instance import Instance
from services.matching.domain.planning import ALGORITHM, Placed, plan
from services.matching.domain.profile import Profile
from services.matching.domain.rematching import former
from services.matching.domain.roster import Roster
from services.matching.domain.rules import Known, objection, rested_at, unfit
from services.matching.domain.runs import terms
from services.matching.domain.scoring import WEIGHTS
from shared.kernel.clock import to_text
from shared.kernel.errors import Refusal
from shared.kernel.events import Data, NewEvent, Occasion
from shared.kernel.ids import couple


def recommend(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Propose pairs. Raises ProgramNotOpen, and for a locked pair the rule that it breaks."""
    if not roster.open:
        raise errors.ProgramNotOpen
    known, how = Known.of(roster, occasion), terms(roster, command)
    instance = instance_of(known, command.get("locked", ()))
    made = plan(instance, how.fairness, how.seed, occasion.facts["solve"])
    sources = {one.person_id: one.source for one in (*instance.mentors, *instance.mentees)}
    proposals = [described(one, sources) for one in made.pairs]
    run = {
        "run_id": occasion.id("run"),
        "fairness": how.fairness,
        "seed": how.seed,
        "weights": dict(WEIGHTS),
        "algorithm": ALGORITHM,
        "by_schedule": command.get("by_schedule", False),
        "parent_run_id": how.parent_run_id,
        "expires_at": to_text(occasion.now + timedelta(days=roster.settings.proposals_expire_after_days)),
        "inputs_hash": inputs_hash(instance, how.fairness, how.seed, occasion.now),
        "pairs": [{name: one[name] for name in ("mentor_id", "mentee_id", "score")} for one in proposals],
        "detail": {
            "proposals": proposals,
            "unmatched": [*(asdict(one) for one in made.alone), *set_aside(known, instance)],
            "instance": {**numbers(instance), "settings": asdict(roster.settings), "at": to_text(occasion.now)},
        },
    }
    return [NewEvent("RecommendationsProposed", {**roster.place, **run})]


def instance_of(known: Known, locked: Sequence[Data] = ()) -> Instance:
    """What a run is made from. Raises for a locked pair the rule that it breaks."""
    roster = known.roster
    mentors, mentees = available(known, "mentor"), available(known, "mentee")
    return Instance(
        settings=roster.settings,
        mentors=tuple(mentors),
        mentees=tuple(mentees),
        room={one.person_id: known.room(one.person_id) for one in mentors},
        load={one.person_id: known.load[one.person_id] for one in mentors if known.load.get(one.person_id)},
        since={one.person_id: roster.signups[one.person_id].since for one in mentees},
        apart=_apart(known, mentors, mentees),
        former=former(known, mentees),
        new_mentors=_new(known, mentors),
        locked=tuple(_locked(known, locked)),
    )


def available(known: Known, role: str) -> list[Profile]:
    """Everybody who can be paired in this role now, in the order of their ids, so that input order means nothing."""
    fits = (person_id for person_id in known.roster.signups if unfit(known, person_id, role) is None)
    return [known.profiles[person_id] for person_id in sorted(fits)]


def set_aside(known: Known, instance: Instance) -> list[Data]:
    """Who waits and cannot be paired now, so is not in the run: `why`, and `until` when that is known.

    Sanctions, disputes and reviews are all "not-available".
    """
    found, inside = [], {one.person_id for one in (*instance.mentors, *instance.mentees)}
    for person_id, signup in sorted(known.roster.signups.items()):
        if signup.status == "active" and not signup.current and person_id not in inside:
            refusal = unfit(known, person_id, signup.role)
            if refusal:
                why = _WHY.get(type(refusal), "not-available")
                until = rested_at(known, signup) if why == "resting" else None
                told = {"person_id": person_id, "role": signup.role, "why": why}
                found.append({**told, "until": until and to_text(until)})
    return found


_WHY: Mapping[type[Refusal], str] = {errors.StillResting: "resting", errors.MentorBusy: "busy-elsewhere"}


def inputs_hash(instance: Instance, fairness: float, seed: int, now: datetime) -> str:
    """One word for all that went into the run; ids and numbers only, so that nobody's words can be guessed.

    Of the moment only the week counts, by which it is known who is free when.
    """
    settings, week = asdict(instance.settings), to_text(first_monday(now))
    inputs = [numbers(instance), settings, week, fairness, seed, WEIGHTS, ALGORITHM]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def numbers(instance: Instance) -> Data:
    """The instance without anybody's words: ids and numbers. `mentors` and `mentees`: whose answers, by which event."""
    return {
        "mentors": {one.person_id: one.source for one in sorted(instance.mentors, key=_id)},
        "mentees": {one.person_id: one.source for one in sorted(instance.mentees, key=_id)},
        "room": dict(instance.room),
        "load": dict(instance.load),
        "since": dict(instance.since),
        "apart": sorted(instance.apart),
        "former": {mentee_id: asdict(one) for mentee_id, one in instance.former.items()},
        "new_mentors": sorted(instance.new_mentors),
        "locked": [list(two) for two in instance.locked],
    }


def _id(one: Profile) -> str:
    return one.person_id


def _locked(known: Known, wanted: Sequence[Data]) -> list[tuple[str, str]]:
    """The pairs that stay whatever else is proposed; they take their places first."""
    locked = []
    for one in sorted(wanted, key=lambda one: (one["mentor_id"], one["mentee_id"])):
        mentor_id, mentee_id = one["mentor_id"], one["mentee_id"]
        refusal: Refusal | None = objection(known, mentor_id, mentee_id)
        if refusal:
            raise refusal
        known.taken.update((mentor_id, mentee_id))
        locked.append((mentor_id, mentee_id))
    return locked


def _apart(known: Known, mentors: Sequence[Profile], mentees: Sequence[Profile]) -> frozenset[str]:
    """Blocked, barred, met, and the wishes of those who are here: of others nothing shows in the hash (BL-10)."""
    wishes = {
        couple(one.person_id, other_id)
        for some, others in ((mentors, mentees), (mentees, mentors))
        for here in [{other.person_id for other in others}]
        for one in some
        for other_id in one.do_not_pair & here
    }
    return frozenset(wishes | known.blocked | known.roster.barred_couples | known.roster.met)


def _new(known: Known, mentors: Sequence[Profile]) -> frozenset[str]:
    """Those who were never introduced to anybody here, and have no pair elsewhere."""
    had = {pair.mentor_id for pair in known.roster.pairs.values() if pair.introduced}
    here = {one.person_id: known.roster.signups[one.person_id].current for one in mentors}
    return frozenset(name for name, current in here.items() if name not in had and known.load.get(name, 0) <= current)


def described(one: Placed, sources: Mapping[str, str]) -> Data:
    """A proposal without anybody's words: `sources` say which answers it was made from, so that they may be read there

    as long as their owner lets them.
    """
    runner_up = None if one.runner_up is None else {"mentor_id": one.runner_up[0], "score": one.runner_up[1]}
    return {
        "mentor_id": one.mentor_id,
        "mentee_id": one.mentee_id,
        "score": one.fit.score,
        "parts": dict(one.fit.parts),
        "locked": one.locked,
        "better": one.better,
        "runner_up": runner_up,
        "sources": {"mentor": sources[one.mentor_id], "mentee": sources[one.mentee_id]},
    }
