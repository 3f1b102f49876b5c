"""Finds what a report is about, in views made from the events of all services.

Those may be a moment behind what the reporter sees, so a target that is missing is looked for again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from services.trust_safety.domain.case import PAIR_FIELDS
from services.trust_safety.domain.target import Found, Tie
from shared.application.table import Reads
from shared.kernel.events import Data

PATIENCE = 1.0
"""Seconds for which a target without a tie to the reporter is looked for again, unknown or not: they answer alike."""
_LOOK_AGAIN_AFTER = 0.05


def find_target(reads: Reads, kind: str, id: str, reporter_id: str) -> Found | None:
    """The target with the reporter's ties to it; None where there is none."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = _LOOKS[kind](reads, id, reporter_id)
        if kind == "program" or (found and reporter_id in found.ties) or time.monotonic() > deadline:
            return found
        time.sleep(_LOOK_AGAIN_AFTER)


def _message(reads: Reads, id: str, _reporter_id: str) -> Found | None:
    message = reads.get("messages", id)
    if message is None:
        return None
    tie = _tie(reads, message, message["pair_id"], message["sender_id"])
    return Found({message["mentor_id"]: tie, message["mentee_id"]: tie})


def _pair(reads: Reads, id: str, _reporter_id: str) -> Found | None:
    pair = reads.get("pairs", id)
    if pair is None:
        return None
    mentor, mentee = pair["mentor_id"], pair["mentee_id"]
    return Found({mentor: _tie(reads, pair, id, mentee), mentee: _tie(reads, pair, id, mentor)})


def _program(reads: Reads, id: str, _reporter_id: str) -> Found | None:
    program = reads.get("programs", id)
    return None if program is None else Found(members=Tie(program["group_id"], id))


def _person(reads: Reads, id: str, reporter_id: str) -> Found | None:
    """Somebody with whom the reporter shares a pair, else a program; the admins of a group share all its programs."""
    pairs = [pair for pair in reads.find("pairs", {"people": id}) if reporter_id in pair["people"]]
    if pairs:
        return Found({reporter_id: _tie(reads, pairs[0], pairs[0]["id"], id, pairs)})
    own, theirs = (reads.find("members", {"person_id": person_id}) for person_id in (reporter_id, id))
    programs = {place["program_id"] for place in theirs}
    shared = [place for place in own if place["program_id"] in programs or place["group_id"] in _run_by(reads, id)]
    shared += [place for place in theirs if place["group_id"] in _run_by(reads, reporter_id)]
    return Found({reporter_id: _tie(reads, shared[0], None, id)}) if shared else None


def _run_by(reads: Reads, person_id: str) -> set[str]:
    return {admin["group_id"] for admin in reads.find("admins", {"person_id": person_id})}


def _tie(reads: Reads, place: Data, pair_id: str | None, subject_id: str, pairs: Sequence[Data] | None = None) -> Tie:
    """`place` is anything with a program and its group; with a pair's id, it also says who the two are."""
    group_id = place["group_id"]
    is_admin = reads.get("admins", f"{group_id}/{subject_id}") is not None
    shared = pairs if pairs is not None else [{**place, "id": pair_id}] if pair_id else []
    told = tuple({name: pair["id" if name == "pair_id" else name] for name in PAIR_FIELDS} for pair in shared)
    return Tie(group_id, place["program_id"], pair_id, subject_id, is_admin, told)


_LOOKS: dict[str, Callable[[Reads, str, str], Found | None]] = {
    "message": _message,
    "pair": _pair,
    "person": _person,
    "program": _program,
}
