"""The runs of the recommendations that a program keeps, as they are after what admins changed by hand."""

from __future__ import annotations

from services.matching import policy
from services.matching.domain.scoring import score_of
from shared.application.table import Asked, Reads
from shared.kernel.events import Data

_PROTECTED_IN_SCORES = "sparse-1"
"""Runs of this way of solving kept scores in which protected replies counted."""
_SIDES = ("mentor_id", "mentee_id")
_SHOWN = ("program_id", "made_at", "fairness", "pairs", "by_schedule", "expires_at", "parent_run_id")


def runs(asked: Asked) -> Data:
    """The latest first. See `shared.contracts.matching_api.RunsAnswer`."""
    params, where = asked.params, {"program_id": policy.roster_of(asked)["id"]}
    page = asked.reads.page("runs", where, order="-order", cursor=params["cursor"], limit=params["limit"])
    items = [{"run_id": one["id"], **{name: one[name] for name in _SHOWN}} for one in page["items"]]
    return {"items": items, "next": page["next"]}


def detail_of(reads: Reads, run: Data) -> Data:
    """The opened detail of a run (the view's document), `proposals` and `unmatched` as edited."""
    detail = dict(reads.open(run["detail"]))
    if run["algorithm"] == _PROTECTED_IN_SCORES:
        detail = _as_shown(detail)
    for edit in run["edits"]:
        gone = {_couple(one) for one in edit["removed"]}
        kept = [one for one in detail["proposals"] if _couple(one) not in gone]
        detail["proposals"] = [*kept, *reads.open(edit["detail"])["proposals"]]
        detail["unmatched"] = _left_alone(detail, gone)
    return detail


def _as_shown(detail: Data) -> Data:
    """Without all that protected replies may have counted in."""
    told = detail.get("instance")
    if not told or not any(one["protected"] for one in told["settings"]["questions"]):
        return detail
    hidden = {"questions": None}
    proposals = [
        {**one, "parts": (parts := {**one["parts"], **hidden}), "score": score_of(parts), "runner_up": None}
        for one in detail["proposals"]
    ]
    former = {mentee_id: {**one, "parts": {**one["parts"], **hidden}} for mentee_id, one in told["former"].items()}
    return {**detail, "proposals": proposals, "instance": {**told, "former": former}}


def _left_alone(detail: Data, gone: set[tuple[str, str]]) -> list[Data]:
    """Nobody who is proposed now; and those who lost their pair by hand, mentees first."""
    placed = {one[side] for one in detail["proposals"] for side in _SIDES}
    left = [one for one in detail["unmatched"] if one["person_id"] not in placed]
    lost = [
        person_id for side in (1, 0) for person_id in sorted({two[side] for two in gone}) if person_id not in placed
    ]
    return [*left, *({"person_id": person_id, "why": "taken-out"} for person_id in lost)]


def _couple(one: Data) -> tuple[str, str]:
    return one["mentor_id"], one["mentee_id"]
