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
    """Who has a part in a case of the view: muted reporters too, whose reports may be older than the case."""

    subjects: frozenset[str]
    reporters: frozenset[str]
    apart: frozenset[str]

    @classmethod
    def of(cls, reads: Reads, found: Data) -> Self:
        reports = reads.find("reports", {"case_id": found["id"]})
        subjects = {found["subject_id"], *(report["subject_id"] for report in reports)} - {None}
        reporters = {report["reporter_id"] for report in reports}
        return cls(frozenset(subjects), frozenset(reporters), frozenset(kept_apart(reads, subjects, reporters)))


def kept_apart(reads: Reads, subjects: Collection[str], reporters: Collection[str]) -> set[str]:
    """Everybody whom a block joins to somebody concerned."""
    people = set(subjects) | set(reporters)
    blocks = [block["people"] for block in reads.find("blocks", {"people": {"$in": sorted(people)}})]
    return {
        blocked if blocker in people else blocker
        for blocker, blocked in blocks
        if blocker not in subjects or blocked in people or _share_something(reads, blocker, blocked)
    } - people


def _share_something(reads: Reads, one: str, other: str) -> bool:
    """A pair or a program, now or before."""
    if any(other in pair["people"] for pair in reads.find("pairs", {"people": one})):
        return True
    places = [{place["program_id"] for place in reads.find("members", {"person_id": who})} for who in (one, other)]
    return bool(places[0] & places[1])
