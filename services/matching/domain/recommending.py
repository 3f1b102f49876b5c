"""A run of the recommendations: the best whole assignment that the hard rules allow, not first come (P-08)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from services.matching.domain import errors
from services.matching.domain.profile import Profile
from services.matching.domain.roster import Roster
from services.matching.domain.rules import Known, clash, objection, unfit
from services.matching.domain.scoring import WEIGHTS, Fit, fit
from shared.kernel.events import Data, NewEvent, Occasion

Worths = Sequence[Sequence[float | None]]
Assign = Callable[[Worths, Sequence[int]], Sequence[int | None]]
"""From what each mentor is worth to each mentee (None: not allowed) and each mentor's room to each mentee's mentor."""

DEFAULT_FAIRNESS = 0.25
_FOR_BEING_PLACED = 1e-6
"""So that somebody is placed rather than nobody, however poor the fit."""


def recommend(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Propose pairs. Raises ProgramNotOpen, and for a locked pair the rule that it breaks."""
    if not roster.open:
        raise errors.ProgramNotOpen
    known = Known.of(roster, occasion)
    fairness = command.get("fairness", DEFAULT_FAIRNESS)
    locked = _locked(known, command.get("locked", ()))
    proposals, unmatched = _proposals(known, fairness, locked, occasion.facts["assign"])
    pairs = [{name: one[name] for name in ("mentor_id", "mentee_id", "score")} for one in proposals]
    run = {
        "run_id": occasion.id("run"),
        "fairness": fairness,
        "inputs_hash": _hash(known, fairness, locked),
        "pairs": pairs,
        "detail": {"proposals": proposals, "unmatched": unmatched},
    }
    return [NewEvent("RecommendationsProposed", {**roster.place, **run})]


def ranked(known: Known, mentee_id: str) -> list[tuple[Profile, Fit]]:
    """The mentors whom the rules allow for this mentee, the best fit first. Raises the rule that the mentee breaks."""
    refusal = unfit(known, mentee_id, "mentee")
    if refusal:
        raise refusal
    mentee = known.profiles[mentee_id]
    found = [
        (mentor, fit(mentor, mentee)) for mentor in _available(known, "mentor") if clash(known, mentor, mentee) is None
    ]
    return sorted(found, key=lambda one: (-one[1].score, one[0].person_id))


def _locked(known: Known, wanted: Sequence[Data]) -> list[tuple[str, str]]:
    """The pairs that stay whatever else is proposed; they take their places first."""
    locked = []
    for one in sorted(wanted, key=lambda one: (one["mentor_id"], one["mentee_id"])):
        mentor_id, mentee_id = one["mentor_id"], one["mentee_id"]
        refusal = objection(known, mentor_id, mentee_id)
        if refusal:
            raise refusal
        known.taken.update((mentor_id, mentee_id))
        locked.append((mentor_id, mentee_id))
    return locked


def _proposals(
    known: Known, fairness: float, locked: Sequence[tuple[str, str]], assign: Assign
) -> tuple[list[Data], list[Data]]:
    mentors, mentees = _available(known, "mentor"), _available(known, "mentee")
    fits = [
        [fit(mentor, mentee) if clash(known, mentor, mentee) is None else None for mentor in mentors]
        for mentee in mentees
    ]
    patience = _patience(known, mentees)
    worths = [
        [_worth(one, fairness, patience[mentee.person_id]) for one in row]
        for mentee, row in zip(mentees, fits, strict=True)
    ]
    chosen = assign(worths, [known.room(mentor.person_id) for mentor in mentors])
    proposals = [_locked_proposal(known, mentor_id, mentee_id) for mentor_id, mentee_id in locked]
    unmatched = []
    for mentee, row, place in zip(mentees, fits, chosen, strict=True):
        if place is None:
            unmatched.append({"person_id": mentee.person_id, "why": _why_alone(mentors, row)})
        else:
            proposals.append(_proposal(mentors, mentee, row, place))
    placed = {one["mentor_id"] for one in proposals}
    unmatched += [
        {"person_id": mentor.person_id, "why": "no-mentee-left"} for mentor in mentors if mentor.person_id not in placed
    ]
    return sorted(proposals, key=lambda one: (-one["score"], one["mentee_id"])), unmatched


def _available(known: Known, role: str) -> list[Profile]:
    """Everybody who can be paired in this role now, in the order of their ids, so that input order means nothing."""
    fits = (person_id for person_id in known.roster.signups if unfit(known, person_id, role) is None)
    return [known.profiles[person_id] for person_id in sorted(fits)]


def _patience(known: Known, mentees: Sequence[Profile]) -> dict[str, float]:
    """1 for who has waited longest, 0 for who came last."""
    signups = known.roster.signups
    queue = sorted(mentees, key=lambda one: (signups[one.person_id].since, one.person_id))
    last = max(len(queue) - 1, 1)
    return {one.person_id: 1 - place / last for place, one in enumerate(queue)}


def _worth(one: Fit | None, fairness: float, patience: float) -> float | None:
    return None if one is None else (1 - fairness) * one.score + fairness * patience + _FOR_BEING_PLACED


def _proposal(mentors: Sequence[Profile], mentee: Profile, row: Sequence[Fit | None], place: int) -> Data:
    others = [
        (-other.score, mentor.person_id)
        for at, (mentor, other) in enumerate(zip(mentors, row, strict=True))
        if other is not None and at != place
    ]
    runner_up = None if not others else {"mentor_id": min(others)[1], "score": -min(others)[0]}
    found = row[place]
    if found is None:
        raise ValueError("the assignment broke a hard rule")
    return _described(mentors[place], mentee, found, locked=False) | {"runner_up": runner_up}


def _locked_proposal(known: Known, mentor_id: str, mentee_id: str) -> Data:
    mentor, mentee = known.profiles[mentor_id], known.profiles[mentee_id]
    return _described(mentor, mentee, fit(mentor, mentee), locked=True) | {"runner_up": None}


def _described(mentor: Profile, mentee: Profile, found: Fit, *, locked: bool) -> Data:
    """A proposal without anybody's words: `sources` say which answers it was made from, so that they may be read there

    as long as their owner lets them.
    """
    return {
        "mentor_id": mentor.person_id,
        "mentee_id": mentee.person_id,
        "score": found.score,
        "parts": asdict(found),
        "locked": locked,
        "sources": {"mentor": mentor.source, "mentee": mentee.source},
    }


def _why_alone(mentors: Sequence[Profile], row: Sequence[Fit | None]) -> str:
    if not mentors:
        return "no-mentor-free"
    return "no-mentor-fits" if not any(row) else "mentors-taken"


def _hash(known: Known, fairness: float, locked: Sequence[tuple[str, str]]) -> str:
    """One word for all that went into the run; ids and numbers only, so that nobody's words can be guessed."""
    fresh = replace(known, taken=type(known.taken)())
    people = {
        one.person_id: [role, one.source, fresh.room(one.person_id), known.roster.signups[one.person_id].since]
        for role in ("mentor", "mentee")
        for one in _available(fresh, role)
    }
    apart = sorted(known.blocked | known.roster.barred_couples | known.roster.met)
    inputs = [people, apart, asdict(known.roster.settings), fairness, list(locked), WEIGHTS]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
