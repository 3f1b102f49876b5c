"""The runs of the recommendations that a program keeps, as they are after what admins changed by hand."""

from __future__ import annotations

from services.matching import policy
from shared.application.table import Asked, Reads
from shared.kernel.events import Data

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
    for edit in run["edits"]:
        gone = {_couple(one) for one in edit["removed"]}
        kept = [one for one in detail["proposals"] if _couple(one) not in gone]
        detail["proposals"] = [*kept, *reads.open(edit["detail"])["proposals"]]
        detail["unmatched"] = _left_alone(detail, gone)
    return detail


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
