"""The runs of the recommendations that are kept: which is still good, and on which terms one follows another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.matching.domain import errors
from services.matching.domain.roster import DEFAULT_FAIRNESS, Roster, Run
from shared.kernel.clock import from_text
from shared.kernel.events import Data


@dataclass(frozen=True, slots=True)
class Terms:
    """How a run is to be made. `parent_run_id`: the run of which it solves the rest."""

    fairness: float
    seed: int
    parent_run_id: str | None


def terms(roster: Roster, command: Data) -> Terms:
    """What was asked for; where it was not said, as in the run of which this is the rest. Raises UnknownRun."""
    parent_id = command.get("rest_of")
    parent = None if parent_id is None else kept(roster, parent_id)
    return Terms(
        command.get("fairness", parent.fairness if parent else DEFAULT_FAIRNESS),
        command.get("seed", parent.seed if parent else 0),
        parent_id,
    )


def kept(roster: Roster, run_id: str) -> Run:
    """Raises UnknownRun."""
    if run_id not in roster.runs:
        raise errors.UnknownRun
    return roster.runs[run_id]


def good(roster: Roster, run_id: str, now: datetime) -> Run:
    """A run that may still be edited and published. Raises UnknownRun, RunExpired."""
    run = kept(roster, run_id)
    if run.expires_at is not None and from_text(run.expires_at) <= now:
        raise errors.RunExpired
    return run
