"""Programs that people join at any time: a run by schedule, which publishes nothing unless the program says so."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.matching.domain.pairing import AT_ONCE, pair_many
from services.matching.domain.recommending import recommend
from services.matching.domain.roster import Rolling, Roster
from shared.kernel.clock import from_text, to_text
from shared.kernel.events import Data, NewEvent, Occasion


def run_recommendations(roster: Roster, _command: Data, occasion: Occasion) -> list[NewEvent]:
    """Make a run that is due. After a downtime it is made once; where it would propose nobody, or what the last one

    proposed, there is none, and only the next one is set. One that proposes more pairs than can be published at once
    publishes the best of them, and the next one follows at once.
    """
    if not roster.open or roster.next_run is None or from_text(roster.next_run) > occasion.now:
        return []
    made = _made(roster, occasion)
    if sum(one.type == "PairIntroduced" for one in made) == AT_ONCE:
        # Never the same moment again: the command that fires then is known by it.
        soon = to_text(occasion.now + timedelta(milliseconds=1))
        return [*made, NewEvent("RollingRunScheduled", {**roster.place, "at": soon, "since": roster.rolls_since})]
    since = from_text(roster.rolls_since or roster.next_run)
    return [*made, scheduled(roster.place, roster.settings.rolling, since, occasion.now)]


def scheduled(place: Data, rolling: Rolling, since: datetime, now: datetime) -> NewEvent:
    """The first moment after `now` that is whole periods after `since`; none where the program does not roll."""
    at = None
    if rolling.every_days:
        period = timedelta(days=rolling.every_days)
        at = to_text(since + period * ((now - since) // period + 1))
    return NewEvent("RollingRunScheduled", {**place, "at": at})


def _made(roster: Roster, occasion: Occasion) -> list[NewEvent]:
    rolling = roster.settings.rolling
    [made] = recommend(roster, {"by_schedule": True, "fairness": rolling.fairness}, occasion)
    run = made.data
    if not run["pairs"]:
        return []
    if rolling.publish:
        pairs = pair_many(roster, run["pairs"][:AT_ONCE], occasion, run_id=run["run_id"])
        run["published"] = sum(one.type == "PairIntroduced" for one in pairs)
        return [made, *pairs]
    return [] if _is_known(roster, run["inputs_hash"], occasion.now) else [made]


def _is_known(roster: Roster, inputs_hash: str, now: datetime) -> bool:
    """Whether the last run was made from the same and can still be published."""
    last = next(reversed(roster.runs.values()), None)
    if last is None or last.inputs_hash != inputs_hash:
        return False
    return last.expires_at is None or from_text(last.expires_at) > now
