"""Questions about recommendations: runs with their reasons, candidates, the dial's preview, comparison and replay."""

from __future__ import annotations

from dataclasses import asdict

from services.matching import explained, facts, policy
from services.matching.domain import comparing, previewing
from services.matching.domain.candidates import candidates as ranked
from services.matching.domain.explaining import Couple
from services.matching.domain.recommending import instance_of
from services.matching.domain.rules import Known
from services.matching.names import Names
from services.matching.replaying import replayed
from services.matching.retelling import retold
from services.matching.rosters import as_seen
from services.matching.runs import detail_of
from services.matching.solver import prepared
from shared.application.table import Asked, Query, Reads
from shared.contracts import recommendations_api as api
from shared.kernel.errors import NotFound
from shared.kernel.events import Data

_SHOWN = 100
"""Candidates of one person, the best."""


def recommendations(asked: Asked) -> Data:
    roster, reads = policy.roster_of(asked), asked.reads
    run = _run(reads, roster, asked.params["run_id"])
    detail = detail_of(reads, run)
    retelling = retold(reads, roster, run, detail)
    return {
        "run_id": run["id"],
        **{
            name: run.get(name)
            for name in ("program_id", "made_at", "fairness", "inputs_hash", "weights", "seed", "algorithm")
        },
        "proposals": explained.proposals(retelling, detail["proposals"]),
        "unmatched": explained.unmatched(retelling, detail["unmatched"]),
    }


def candidates(asked: Asked) -> Data:
    found, params = policy.roster_of(asked), asked.params
    role = "mentee" if "mentee_id" in params else "mentor"
    known = known_now(asked, found)
    best = ranked(known, params[f"{role}_id"], role)[:_SHOWN]
    opened = Names(asked.reads, [(found["id"], one.person_id) for two in best for one in two])
    names = {one.person_id: opened.of(found["id"], one.person_id) for two in best for one in two}
    shown = {person_id: name for person_id, name in names.items() if name}
    settings = known.roster.settings.shown
    items = [
        {
            **explained.couple(Couple(mentor, mentee, settings, shown, asked.now)),
            "mentor_name": names[mentor.person_id],
            "mentee_name": names[mentee.person_id],
        }
        for mentor, mentee in best
    ]
    return {"items": items, "next": None}


def preview(asked: Asked) -> Data:
    found, run_id = policy.roster_of(asked), asked.params.get("locked_of")
    run = None if run_id is None else _run(asked.reads, found, run_id)
    locked = [] if run is None else [one for one in detail_of(asked.reads, run)["proposals"] if one["locked"]]
    instance = instance_of(known_now(asked, found), locked)
    seed = (run or {}).get("seed") or 0
    solve = prepared(instance, seed)
    curve = previewing.preview(instance, seed, lambda _instance, dial: solve(dial))
    dial = [
        {**asdict(one), "by_needs": [{"needs": needs, "served": share} for needs, share in one.by_needs]}
        for one in curve
    ]
    places = sum(instance.places(one.person_id) for one in instance.mentors)
    return {"program_id": found["id"], "waiting": len(instance.mentees), "places": places, "dial": dial}


def comparison(asked: Asked) -> Data:
    found, reads, params = policy.roster_of(asked), asked.reads, asked.params
    later = _run(reads, found, params["run_id"])
    earlier = _run(reads, found, params["against"]) if "against" in params else _before(reads, later)
    before, after = (detail_of(reads, run)["proposals"] for run in (earlier, later))
    changes = comparing.changes(before, after)
    sides = ("mentee_id", "mentor_id", "earlier_mentor_id")
    people = {person_id for one in changes for side in sides if (person_id := getattr(one, side))}
    names = Names(reads, [(found["id"], person_id) for person_id in people])
    answer: Data = {kind: [] for kind in ("kept", "added", "removed", "moved")}
    for one in changes:
        shown = asdict(one)
        for side in sides:
            person_id = shown[side]
            shown[side.replace("_id", "_name")] = names.of(found["id"], person_id) if person_id else None
        answer[one.kind].append(shown)
    served, quality = comparing.gained(before, after)
    same = later["inputs_hash"] == earlier["inputs_hash"]
    ids = {"run_id": later["id"], "against": earlier["id"], "same_inputs": same}
    return {**ids, "served": served, "quality": quality, **answer}


def replay(asked: Asked) -> Data:
    found = policy.roster_of(asked)
    return replayed(asked.reads, found, _run(asked.reads, found, asked.params["run_id"]))


def known_now(asked: Asked, found: Data) -> Known:
    """What a command would know, from the views. For everybody at once, as a run does."""
    roster = as_seen(asked.reads, found)
    return Known.at(asked.now, roster, facts.about_all(asked.reads, roster))


def _run(reads: Reads, roster: Data, run_id: str) -> Data:
    run = reads.get("runs", run_id)
    if run is None or run["program_id"] != roster["id"]:
        raise NotFound
    return run


def _before(reads: Reads, run: Data) -> Data:
    """The run before this one. Raises NotFound where it was the first."""
    where = {"program_id": run["program_id"], "order": {"$lt": run["order"]}}
    found = reads.find("runs", where, order="-order", limit=1)
    if not found:
        raise NotFound("There is no run before this one.")
    return found[0]


QUERIES = {
    "recommendations": Query(api.Recommendations(), recommendations),
    "candidates": Query(api.Candidates(), candidates),
    "preview": Query(api.Preview(), preview),
    "comparison": Query(api.Comparison(), comparison),
    "replay": Query(api.Recommendations(), replay),
}
