"""What a decision must know beside the roster: opened answers, standing, and who is kept apart from whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from services.matching.domain.profile import Profile, profile
from services.matching.domain.roster import Roster
from services.matching.solver import solve
from shared.application.table import Reads
from shared.kernel.events import Data

NOT_OVER = ("created", "active", "paused")
_MANY = 100_000


def about(reads: Reads, roster: Roster, people: Iterable[str]) -> Data:
    """What `domain.rules.Known` wants: `profiles` and `standing` by person, the ids of `blocked` couples, a mentor's
    `load` over all programs, and who is `in_review`."""
    wanted = sorted(person_id for person_id in set(people) if person_id in roster.signups)
    profiles = {person_id: found for person_id in wanted if (found := _profile(reads, roster, person_id))}
    blocks = reads.find("blocks", {"people": {"$in": wanted}}, limit=_MANY)
    pairs = reads.find("pairs", {"people": {"$in": wanted}, "status": {"$in": NOT_OVER}}, limit=_MANY)
    return {
        "profiles": profiles,
        "standing": reads.get_many("standing", wanted),
        # Of these people only: what they have with others would show in the hash of a run (BL-10).
        "blocked": {block["couple_id"] for block in blocks if set(block["people"]) <= set(wanted)},
        "load": _load(roster, wanted, pairs),
        "in_review": {person_id for pair in pairs if pair.get("reviews") for person_id in pair["people"]},
    }


def of_oneself(reads: Reads, _roster: Roster, command: Data) -> Data:
    return {"standing": reads.get("standing", command["actor_id"])}


def of_two(reads: Reads, roster: Roster, command: Data) -> Data:
    return about(reads, roster, (command["mentor_id"], command["mentee_id"]))


def of_many(reads: Reads, roster: Roster, command: Data) -> Data:
    return about(reads, roster, [one[side] for one in command["pairs"] for side in ("mentor_id", "mentee_id")])


def of_run(reads: Reads, roster: Roster, command: Data) -> Data:
    run = roster.runs.get(command["run_id"])
    return of_many(reads, roster, {"pairs": [*(run.pairs if run else ()), *command.get("add", ())]})


def of_batch(reads: Reads, roster: Roster, command: Data) -> Data:
    pairs = roster.pairs_of_batch(command["batch_id"])
    introductions = {pair.pair_id: reads.open(pair.introduction) for pair in pairs if not pair.introduced}
    return {**about(reads, roster, [one for pair in pairs for one in pair.people]), "introductions": introductions}


def of_pair(reads: Reads, roster: Roster, command: Data) -> Data:
    pair = roster.pairs[command["pair_id"]]
    return {**about(reads, roster, pair.people), "introduction": reads.open(pair.introduction)}


def of_everybody(reads: Reads, roster: Roster, _command: Data) -> Data:
    """What a run must know, and the solver as a function: the domain names what it wants assigned."""
    return {**about_all(reads, roster), "solve": solve}


def about_all(reads: Reads, roster: Roster) -> Data:
    """`about` all who could be paired; and the profiles, no more, of the mentors whom mentees had last, wherever these

    are now: a new one is to be better where the last one failed.
    """
    waiting = [person_id for person_id, one in roster.signups.items() if one.status == "active"]
    found = about(reads, roster, waiting)
    last = {roster.pairs[roster.last_pair[one]].mentor_id for one in waiting if one in roster.last_pair}
    gone = sorted(last & roster.signups.keys() - found["profiles"].keys())
    more = {person_id: one for person_id in gone if (one := _profile(reads, roster, person_id))}
    return {**found, "profiles": {**found["profiles"], **more}}


def _load(roster: Roster, wanted: Iterable[str], pairs: Iterable[Data]) -> dict[str, int]:
    """Here as the roster itself knows it, which no view is ahead of; elsewhere as the views do."""
    elsewhere = Counter(pair["mentor_id"] for pair in pairs if pair["program_id"] != roster.program_id)
    here = {person_id: roster.signups[person_id] for person_id in wanted}
    return {name: one.current + elsewhere[name] for name, one in here.items() if one.role == "mentor"}


def _profile(reads: Reads, roster: Roster, person_id: str) -> Profile | None:
    """None where the answers were erased."""
    reference = roster.signups[person_id].answers
    answers: Any = reads.open(reference)
    if reference is None or not isinstance(answers, dict):
        return None
    return profile(person_id, reference["event"], answers, roster.settings.questions)
