"""From what a run proposes to pairs: edited by hand first where an admin knows better, then published (P-07)."""

from __future__ import annotations

from collections.abc import Sequence

from services.matching.domain import errors
from services.matching.domain.pairing import AT_ONCE, pair_many
from services.matching.domain.planning import Placed
from services.matching.domain.recommending import described
from services.matching.domain.roster import Roster
from services.matching.domain.rules import Known, objection
from services.matching.domain.runs import good
from services.matching.domain.scoring import fit
from shared.kernel.events import Data, NewEvent, Occasion

Couple = tuple[str, str]
"""(mentor_id, mentee_id)"""


def publish_recommendations(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Make pairs of what a run proposed, or of those of it that are named, as far as the rules still allow.

    Raises UnknownRun, RunExpired, TooManyAtOnce, ProgramNotOpen.
    """
    run = good(roster, command["run_id"], occasion.now)
    wanted = command.get("pairs")
    chosen = None if wanted is None else {_couple(one) for one in wanted}
    pairs = [one for one in run.pairs if chosen is None or _couple(one) in chosen]
    if len(pairs) > AT_ONCE:
        raise errors.TooManyAtOnce
    how = {"introduction": command.get("introduction"), "introduce": command.get("introduce", True)}
    return pair_many(roster, [{**one, **how} for one in pairs], occasion, run_id=command["run_id"])


def edit_recommendations(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Take pairs out of a run and add others, all of it or nothing.

    Raises UnknownRun, RunExpired, ProgramNotOpen, NotProposed, and for an added pair the rule that it breaks: also of
    the places that the run gives to others.
    """
    run = good(roster, command["run_id"], occasion.now)
    if not roster.open:
        raise errors.ProgramNotOpen
    removed = {_couple(one) for one in command["remove"]}
    proposed = [_couple(one) for one in run.pairs]
    if not removed <= set(proposed):
        raise errors.NotProposed
    known = Known.of(roster, occasion)
    for two in _still_to_come(roster, proposed):
        if two not in removed:
            known.taken.update(two)
    proposals = [_added(known, *_couple(one)) for one in command["add"]]
    edit = {
        "run_id": command["run_id"],
        "removed": [{"mentor_id": mentor_id, "mentee_id": mentee_id} for mentor_id, mentee_id in sorted(removed)],
        "added": [{name: one[name] for name in ("mentor_id", "mentee_id", "score")} for one in proposals],
        "detail": {"proposals": proposals},
    }
    return [NewEvent("RecommendationsEdited", {**roster.place, **edit})]


def _still_to_come(roster: Roster, proposed: Sequence[Couple]) -> list[Couple]:
    """Those that are not pairs yet: these have their places in the roster already."""
    paired = {pair.people for pair in roster.pairs.values() if pair.is_current}
    return [two for two in proposed if two not in paired]


def _added(known: Known, mentor_id: str, mentee_id: str) -> Data:
    """A proposal of the admin's own; it reads like those of the run."""
    refusal = objection(known, mentor_id, mentee_id)
    if refusal:
        raise refusal
    known.taken.update((mentor_id, mentee_id))
    mentor, mentee = known.profiles[mentor_id], known.profiles[mentee_id]
    sources = {one.person_id: one.source for one in (mentor, mentee)}
    return described(Placed(mentee_id, mentor_id, fit(mentor, mentee, known.roster.settings.shown), None), sources)


def _couple(one: Data) -> Couple:
    return one["mentor_id"], one["mentee_id"]
