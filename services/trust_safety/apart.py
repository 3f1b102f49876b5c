"""Whom a block keeps away from a case (TS-12).

A block counts where the moderator made it, or the reporter. One by the person who is reported counts only where the two
have something in common beside the case: else people could choose who judges them, or see to it that nobody does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from shared.application.table import Reads
from shared.kernel.events import Data


@dataclass(frozen=True, slots=True)
class Parties:
    """Who has a part in a case of the view: muted reporters too, whose reports may be older than the case. `apart`:
    whether a block keeps away from it who asks."""

    subjects: frozenset[str]
    reporters: frozenset[str]
    apart: bool

    @classmethod
    def of(cls, reads: Reads, found: Data, person_id: str) -> Self:
        """As `person_id` asks."""
        reports = reads.find("reports", {"case_id": found["id"]})
        subjects = {found["subject_id"], *(report["subject_id"] for report in reports)} - {None}
        reporters = {report["reporter_id"] for report in reports}
        apart = kept_apart(reads, person_id, subjects, reporters)
        return cls(frozenset(subjects), frozenset(reporters), apart)


def kept_apart(reads: Reads, person_id: str, subjects: Collection[str], reporters: Collection[str]) -> bool:
    """Whether a block joins somebody without a part in it to somebody concerned."""
    people = {*subjects, *reporters}
    if person_id in people:
        return False
    blocks = [block["people"] for block in reads.find("blocks", {"people": person_id})]
    return any(
        blocked in people
        or (blocker in people and (blocker not in subjects or _share_something(reads, blocker, person_id)))
        for blocker, blocked in blocks
    )


def _share_something(reads: Reads, one: str, other: str) -> bool:
    """A pair or a program, now or before."""
    if any(other in pair["people"] for pair in reads.find("pairs", {"people": one})):
        return True
    places = [{place["program_id"] for place in reads.find("members", {"person_id": who})} for who in (one, other)]
    return bool(places[0] & places[1])
