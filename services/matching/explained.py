"""The proposals of a run and who is left over, as admins read them: with sentences, made now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.matching.domain import explaining, next_best, unplaced
from services.matching.domain.scoring import WEIGHTS
from services.matching.retelling import Retelling
from shared.kernel.events import Data

GONE = "The answers that this was made from have been removed since."
KEPT = "An admin wanted these two to stay together."
_TAKEN_OUT = "An admin took their pair out of this run."
_SET_ASIDE = {
    "resting": "This person is in the pause after their last pair.",
    "busy-elsewhere": "This mentor has as many mentees over all programs as a mentor may have here.",
    "not-available": "This person cannot be paired now.",
}
_GENERAL = "Everybody who comes into question was proposed to others, or cannot be paired with this person."
_LOOKS = 200_000
"""So many couples are looked at, at most, to say why people are left over; of the rest it is said in general."""


def proposals(retelling: Retelling, made: Sequence[Data]) -> list[Data]:
    given: dict[str, list[str]] = defaultdict(list)
    for one in made:
        given[one["mentor_id"]].append(one["mentee_id"])
    return [_proposal(retelling, one, given) for one in made]


def couple(two: explaining.Couple) -> Data:
    """See `shared.contracts.recommendations_api.Candidate`, but for the names."""
    return {
        "mentor_id": two.mentor.person_id,
        "mentee_id": two.mentee.person_id,
        "score": two.fit.score,
        "parts": dict(two.fit.parts),
        "reasons": explaining.reasons(two),
        "unmet": explaining.unmet(two),
    }


def unmatched(retelling: Retelling, left: Sequence[Data]) -> list[Data]:
    held, aside = retelling.held(), {one["role"] for one in left if one["why"] in _SET_ASIDE}
    sides = {role: retelling.side(role) for role in ("mentor", "mentee")}
    looks, said, settings = 0, [], retelling.settings.shown
    for one in left:
        person_id = one["person_id"]
        role = "mentor" if person_id in retelling.told.get("mentors", {}) else "mentee"
        other = "mentee" if role == "mentor" else "mentor"
        others = sides[other]
        looks += len(others)
        person = retelling.profiles.get(person_id)
        shown = {"person_id": person_id, "name": retelling.names.get(person_id), "resting_until": one.get("until")}
        if one["why"] in _SET_ASIDE:
            said.append({**shown, **_in_short(_SET_ASIDE[one["why"]])})
        elif one["why"] == "taken-out":
            said.append({**shown, **_in_short(_TAKEN_OUT)})
        elif person is None:
            said.append({**shown, **_in_short(GONE)})
        elif not retelling.told or looks > _LOOKS:
            said.append({**shown, **_in_short(_GENERAL)})
        else:
            named = retelling.names.get(person_id, person_id)
            drafted = person_id in held and retelling.load(person_id) > 0
            alone = unplaced.Left(person, role, named, others, settings, other in aside, held, drafted)
            said.append({**shown, **_at_length(alone)})
    return said


def _in_short(why: str) -> Data:
    return {"why": why, "because": [why], "would_help": []}


def _at_length(left: unplaced.Left) -> Data:
    return {
        "why": unplaced.short(left),
        "because": unplaced.because(left),
        "would_help": unplaced.would_help(left),
    }


def _proposal(retelling: Retelling, one: Data, given: Mapping[str, Iterable[str]]) -> Data:
    two = retelling.couple(one["mentor_id"], one["mentee_id"])
    said: Data
    if two is None:
        parts = {name: one["parts"].get(name) for name in WEIGHTS}
        said = {"parts": parts, "reasons": [GONE], "unmet": []}
    else:
        said = {**couple(two), "score": one["score"]}
        said["reasons"] += explaining.after_a_pair(two, retelling.former(one["mentee_id"]))
        said["reasons"] += [KEPT] if one["locked"] else []
    return {
        **{name: one[name] for name in ("mentor_id", "mentee_id", "score", "locked")},
        **said,
        "mentor_name": retelling.names.get(one["mentor_id"]),
        "mentee_name": retelling.names.get(one["mentee_id"]),
        **_next(retelling, one, two, given),
    }


def _next(retelling: Retelling, one: Data, two: explaining.Couple | None, given: Mapping[str, Iterable[str]]) -> Data:
    """The runner-up, and what would put them first."""
    found = one["runner_up"]
    if found is None:
        return {"runner_up": None, "would_change": []}
    mentor_id = found["mentor_id"]
    other = retelling.couple(mentor_id, one["mentee_id"])
    former = retelling.former(one["mentee_id"])
    names = [retelling.names.get(mentee_id, mentee_id) for mentee_id in given.get(mentor_id, ())]
    runner_up = {
        "mentor_id": mentor_id,
        "mentor_name": retelling.names.get(mentor_id),
        "score": found["score"],
        "behind": round(one["score"] - found["score"], 6),
        "why": next_best.why_behind(two, other, names, former) if two and other else None,
    }
    change = next_best.would_change(two, other, names, former) if two and other else []
    return {"runner_up": runner_up, "would_change": change}
