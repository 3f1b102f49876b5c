"""Whom a block keeps away from a case (TS-12).

A block counts where the moderator made it, or the reporter. One by the person who is reported counts only where the two
have something in common beside the case: else people could choose who judges them, or see to it that nobody does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
        return cls.of_all(reads, [found], person_id)[found["id"]]

    @classmethod
    def of_all(cls, reads: Reads, cases: Sequence[Data], person_id: str) -> dict[str, Self]:
        """By the cases' ids, in two reads for all of them."""
        reports: dict[str, list[Data]] = {found["id"]: [] for found in cases}
        for report in reads.find("reports", {"case_id": {"$in": sorted(reports)}}):
            reports[report["case_id"]].append(report)
        blocks = _blocks(reads, person_id)
        parties = {}
        for found in cases:
            subjects = {found["subject_id"], *(report["subject_id"] for report in reports[found["id"]])} - {None}
            reporters = {report["reporter_id"] for report in reports[found["id"]]}
            apart = _apart(reads, blocks, person_id, subjects, reporters)
            parties[found["id"]] = cls(frozenset(subjects), frozenset(reporters), apart)
        return parties


def kept_apart(reads: Reads, person_id: str, subjects: Collection[str], reporters: Collection[str]) -> bool:
    """Whether a block joins somebody without a part in it to somebody concerned."""
    return _apart(reads, _blocks(reads, person_id), person_id, subjects, reporters)


def _blocks(reads: Reads, person_id: str) -> Sequence[Data]:
    return reads.find("blocks", {"people": person_id})


def _apart(
    reads: Reads,
    blocks: Sequence[Data],
    person_id: str,
    subjects: Collection[str],
    reporters: Collection[str],
) -> bool:
    people = {*subjects, *reporters}
    return person_id not in people and any(
        blocked in people
        or (blocker in people and (blocker not in subjects or _share_something(reads, blocker, person_id)))
        for blocker, blocked in (block["people"] for block in blocks)
    )


def _share_something(reads: Reads, one: str, other: str) -> bool:
    """A pair or a program, now or before."""
    if any(other in pair["people"] for pair in reads.find("pairs", {"people": one})):
        return True
    places = [{place["program_id"] for place in reads.find("members", {"person_id": who})} for who in (one, other)]
    return bool(places[0] & places[1])
