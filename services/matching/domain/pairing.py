"""Pairing two people, one by one or many at once; every way asks the same hard rules (P-06, P-07)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.matching.domain import errors
from services.matching.domain.parting import about, part
from services.matching.domain.roster import Pair, Roster
from services.matching.domain.rules import Known, objection
from shared.kernel.clock import from_text, to_text
from shared.kernel.errors import Refusal
from shared.kernel.events import Data, NewEvent, Occasion
from shared.kernel.ids import couple
from shared.kernel.pairs import pair_id

AT_ONCE = 1000
"""Pairs that one command makes: more, each with a long introduction, would not fit into one commit."""


def create_pair(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Pair two people, and introduce them unless `introduce` is false. Raises ProgramNotOpen or the rule it breaks."""
    if not roster.open:
        raise errors.ProgramNotOpen
    known = Known.of(roster, occasion)
    refusal = objection(known, command["mentor_id"], command["mentee_id"])
    if refusal:
        raise refusal
    return _paired(known, command, occasion, run_id=None)


def create_pairs(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Pair many: those that the rules allow, in one commit, with what came of each. Raises ProgramNotOpen."""
    return pair_many(roster, command["pairs"], occasion, run_id=None)


def pair_many(roster: Roster, wanted: Sequence[Data], occasion: Occasion, run_id: str | None) -> list[NewEvent]:
    """Raises ProgramNotOpen. `run_id`: the run that proposed them."""
    if not roster.open:
        raise errors.ProgramNotOpen
    known = Known.of(roster, occasion)
    events: list[NewEvent] = []
    results = []
    for one in wanted:
        two = {"mentor_id": one["mentor_id"], "mentee_id": one["mentee_id"]}
        refusal = objection(known, **two)
        if refusal:
            results.append({**two, "problem": refusal.slug})
            continue
        made = _paired(known, one, occasion, run_id)
        known.taken.update(two.values())
        events += made
        results.append({**two, "pair_id": made[0].data["pair_id"]})
    batch = {"batch_id": occasion.id("batch"), "run_id": run_id, "results": results}
    return [*events, NewEvent("PairsCreated", {**roster.place, **batch})]


def introduce_pair(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Tell the two of a draft of each other. Raises AlreadyIntroduced, PairOver, ProgramNotOpen or the broken rule."""
    pair = _current(roster, command)
    if pair.introduced:
        raise errors.AlreadyIntroduced
    if not roster.open:
        raise errors.ProgramNotOpen
    known = Known.of(roster, occasion)
    refusal = objection_to_introducing(known, pair)
    if refusal:
        raise refusal
    return [introduced(known, about(roster, pair), command.get("introduction") or occasion.facts["introduction"])]


def objection_to_introducing(known: Known, pair: Pair) -> Refusal | None:
    """Why the two of a draft cannot be told of each other now: the rules are asked again, its own places being free."""
    return objection(replace(known, taken=Counter(dict.fromkeys(pair.people, -1))), *pair.people)


def expire_draft(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """A draft that nobody introduced in time gives its places back."""
    pair = roster.pairs.get(command["pair_id"])
    if pair is None or pair.status != "created" or pair.expires_at is None:
        return []
    if from_text(pair.expires_at) > occasion.now:
        return []
    return part(roster, [pair], "timed-out", None, occasion.now)


def end_pair(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """P-19: end a pair with a typed reason. Raises PairOver."""
    return part(roster, [_current(roster, command)], command["reason"], occasion.actor.id, occasion.now)


def pause_pair(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Raises PairOver, NotIntroduced, PairResting."""
    pair = _introduced_pair(roster, command)
    if pair.status == "paused":
        raise errors.PairResting
    return [NewEvent("PairPaused", {**about(roster, pair), "by": occasion.actor.id})]


def resume_pair(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """Raises PairOver, NotIntroduced, PairNotResting."""
    pair = _introduced_pair(roster, command)
    if pair.status != "paused":
        raise errors.PairNotResting
    return [NewEvent("PairResumed", {**about(roster, pair), "by": occasion.actor.id})]


def part_couple(roster: Roster, command: Data, occasion: Occasion) -> list[NewEvent]:
    """A block: what the two have here ends, and nothing can follow it in this stream (P-15, BL-07). `by` is nobody."""
    two = command["couple_id"]
    if roster.group_id is None or two in roster.barred_couples:
        return []
    pairs = [pair for pair in roster.pairs.values() if pair.is_current and pair.couple == two]
    barred = NewEvent("CoupleBarred", {**roster.place, "couple_id": two})
    # Last, so that the end stands in its commit where any other does: live streams tell that place (BL-04).
    return [*part(roster, pairs, "blocked", None, occasion.now), barred]


def _paired(known: Known, wanted: Data, occasion: Occasion, run_id: str | None) -> list[NewEvent]:
    roster, mentor_id, mentee_id = known.roster, wanted["mentor_id"], wanted["mentee_id"]
    n = roster.times.get(couple(mentor_id, mentee_id), 0) + 1
    who = {
        **roster.place,
        "pair_id": pair_id(roster.program_id, mentor_id, mentee_id, n),
        "mentor_id": mentor_id,
        "mentee_id": mentee_id,
    }
    introduction = wanted.get("introduction")
    how = {"by": occasion.actor.id, "run_id": run_id, "introduction": introduction}
    if wanted.get("introduce", True):
        return [NewEvent("PairCreated", {**who, **how}), introduced(known, who, introduction)]
    until = occasion.now + timedelta(days=roster.settings.proposals_expire_after_days)
    return [NewEvent("PairCreated", {**who, **how, "expires_at": to_text(until)})]


def introduced(known: Known, who: Data, introduction: str | None) -> NewEvent:
    """The check-ins of a pair follow the mentee's clock."""
    timezone = known.profiles[who["mentee_id"]].timezone
    return NewEvent("PairIntroduced", {**who, "timezone": timezone, "introduction": introduction})


def _current(roster: Roster, command: Data) -> Pair:
    pair = roster.pairs[command["pair_id"]]
    if not pair.is_current:
        raise errors.PairOver
    return pair


def _introduced_pair(roster: Roster, command: Data) -> Pair:
    pair = _current(roster, command)
    if not pair.introduced:
        raise errors.NotIntroduced
    return pair
