"""Two runs side by side: who keeps their mentor, who gets one, who loses theirs, who gets another (P-07)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.kernel.events import Data


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one mentee. A mentor and a score are None where a run proposes none."""

    mentee_id: str
    mentor_id: str | None
    earlier_mentor_id: str | None
    score: float | None
    earlier_score: float | None

    @property
    def kind(self) -> str:
        """Kept, added, removed or moved."""
        if self.earlier_mentor_id is None:
            return "added"
        if self.mentor_id is None:
            return "removed"
        return "kept" if self.mentor_id == self.earlier_mentor_id else "moved"


def changes(earlier: Sequence[Data], later: Sequence[Data]) -> list[Change]:
    """From the pairs of two runs (`mentor_id`, `mentee_id`, `score`), in the order of the mentees' ids."""
    before = {one["mentee_id"]: one for one in earlier}
    after = {one["mentee_id"]: one for one in later}
    return [
        Change(
            mentee_id,
            after.get(mentee_id, {}).get("mentor_id"),
            before.get(mentee_id, {}).get("mentor_id"),
            after.get(mentee_id, {}).get("score"),
            before.get(mentee_id, {}).get("score"),
        )
        for mentee_id in sorted(before.keys() | after.keys())
    ]


def quality(pairs: Sequence[Data]) -> float | None:
    """The mean score; None without pairs."""
    return sum(one["score"] for one in pairs) / len(pairs) if pairs else None


def gained(earlier: Sequence[Data], later: Sequence[Data]) -> tuple[int, float | None]:
    """How many more are served, and by how much the mean score is higher; below 0 where it is the other way round."""
    before, after = quality(earlier), quality(later)
    better = None if before is None or after is None else round(after - before, 6)
    return len(later) - len(earlier), better
