"""Questions to matching: read models → answers. Nothing private of one person is shown to another."""

from __future__ import annotations

from dataclasses import asdict

from services.matching import facts, policy
from services.matching.board import board
from services.matching.domain.profile import profile
from services.matching.domain.recommending import ranked
from services.matching.domain.rules import Known
from services.matching.domain.scoring import reasons, unmet
from services.matching.names import Names, of_the_pairs, shown_reason
from services.matching.rosters import as_seen
from services.matching.views import signup_key
from services.matching.zones import offset
from shared.application.table import Asked, Query, Reads
from shared.contracts import matching_api as api
from shared.kernel.errors import NotFound
from shared.kernel.events import Data

_WHY_ALONE = {
    "no-mentor-free": "No mentor has a place free.",
    "no-mentor-fits": "No mentor with a free place can be paired with this person.",
    "mentors-taken": "The mentors who fit were needed more by others.",
    "no-mentee-left": "No mentee is left who fits.",
}
_CHANGED = "The answers that this was made from have been changed or removed since."
_OF_A_SIGNUP = ("signup_id", "program_id", "person_id", "role", "status", "capacity", "since", "expires_at")


def _roster(asked: Asked) -> Data:
    """The roster's document, for admins of its group."""
    found = asked.reads.get("rosters", asked.params["program_id"])
    policy.admin_of_the_group(asked.actor, found["group_id"] if found else None)
    if found is None:
        raise NotFound
    return found


def signups(asked: Asked) -> Data:
    params, reads = asked.params, asked.reads
    where = {"program_id": _roster(asked)["id"]}
    where |= {name: params[name] for name in ("role", "status") if name in params}
    page = reads.page("signups", where, order="order", cursor=params["cursor"], limit=params["limit"])
    return {"items": [_signup(reads, one, hidden="do_not_pair") for one in page["items"]], "next": page["next"]}


def my_signup(asked: Asked) -> Data:
    found = asked.reads.get("signups", signup_key(asked.params["program_id"], asked.actor.id))
    if found is None:
        raise NotFound
    return _signup(asked.reads, found)


def recommendations(asked: Asked) -> Data:
    program_id, reads = _roster(asked)["id"], asked.reads
    run = reads.get("runs", asked.params["run_id"])
    if run is None or run["program_id"] != program_id:
        raise NotFound
    detail = reads.open(run["detail"])
    people = [one["person_id"] for one in detail["unmatched"]]
    people += [one[side] for one in detail["proposals"] for side in ("mentor_id", "mentee_id")]
    names = Names(reads, [(program_id, person_id) for person_id in people])
    return {
        "run_id": run["id"],
        **{name: run[name] for name in ("program_id", "made_at", "fairness", "inputs_hash")},
        "proposals": [_proposal(reads, names, program_id, one) for one in detail["proposals"]],
        "unmatched": [
            {**one, "name": names.of(program_id, one["person_id"]), "why": _WHY_ALONE[one["why"]]}
            for one in detail["unmatched"]
        ],
    }


def candidates(asked: Asked) -> Data:
    found, reads, mentee_id = _roster(asked), asked.reads, asked.params["mentee_id"]
    roster = as_seen(reads, found, mentee_id)
    known = Known(roster, **facts.about(reads, roster, roster.signups), now=asked.now)
    best = ranked(known, mentee_id)
    names = Names(reads, [(found["id"], mentor.person_id) for mentor, _ in best])
    items = [
        {
            "mentor_id": mentor.person_id,
            "mentor_name": names.of(found["id"], mentor.person_id),
            "score": fit.score,
            "parts": asdict(fit),
            "reasons": reasons(mentor, known.profiles[mentee_id]),
            "unmet": unmet(mentor, known.profiles[mentee_id]),
        }
        for mentor, fit in best
    ]
    return {"items": items, "next": None}


def pairs_of_program(asked: Asked) -> Data:
    params, where = asked.params, {"program_id": _roster(asked)["id"]}
    page = asked.reads.page("pairs", where, order="order", cursor=params["cursor"], limit=params["limit"])
    names = of_the_pairs(asked.reads, page["items"])
    return {"items": [_for_admin(names, one) for one in page["items"]], "next": page["next"]}


def my_pairs(asked: Asked) -> Data:
    params, where = asked.params, {"people": asked.actor.id, "introduced": True}
    page = asked.reads.page("pairs", where, order="-order", cursor=params["cursor"], limit=params["limit"])
    names = of_the_pairs(asked.reads, page["items"])
    return {"items": [_for_member(asked, names, one) for one in page["items"]], "next": page["next"]}


def pair(asked: Asked) -> Data:
    found = policy.see_the_pair(asked.actor, asked.reads.get("pairs", asked.params["pair_id"]))
    names = of_the_pairs(asked.reads, [found])
    if policy.sees_as_one_of_the_two(asked.actor, found):
        return _for_member(asked, names, found)
    return _for_admin(names, found)


def program_board(asked: Asked) -> Data:
    return board(asked.reads, _roster(asked)["id"], asked.now)


def _signup(reads: Reads, found: Data, hidden: str | None = None) -> Data:
    answers = reads.open(found["answers"])
    if isinstance(answers, dict):
        answers = {name: value for name, value in answers.items() if name != hidden}
    opened = {"name": reads.open(found["name"]), "answers": answers, "current_pairs": found["current"]}
    return {**{name: found[name] for name in _OF_A_SIGNUP}, **opened}


def _proposal(reads: Reads, names: Names, program_id: str, one: Data) -> Data:
    """The reasons follow from the answers again, so that they end with the answers and live nowhere else."""
    sides = {}
    for side, source in one["sources"].items():
        person_id = one[f"{side}_id"]
        written = names.signup(program_id, person_id).get("answers")
        answers = reads.open(written)
        if written and written["event"] == source and isinstance(answers, dict):
            sides[side] = profile(person_id, source, answers, offset(answers["timezone"]))
    readable = len(sides) == len(one["sources"])
    return {
        **{name: one[name] for name in ("mentor_id", "mentee_id", "score", "parts", "locked", "runner_up")},
        "mentor_name": names.of(program_id, one["mentor_id"]),
        "mentee_name": names.of(program_id, one["mentee_id"]),
        "reasons": reasons(**sides) if readable else [_CHANGED],
        "unmet": unmet(**sides) if readable else [],
    }


def _for_admin(names: Names, found: Data) -> Data:
    program_id = found["program_id"]
    return {
        "pair_id": found["id"],
        **{name: found[name] for name in ("program_id", "mentor_id", "mentee_id", "status", "created_at")},
        **{name: found.get(name) for name in ("introduced_at", "ended_at")},
        "reason": shown_reason(found.get("reason")),
        "mentor_name": names.of(program_id, found["mentor_id"]),
        "mentee_name": names.of(program_id, found["mentee_id"]),
    }


def _for_member(asked: Asked, names: Names, found: Data) -> Data:
    role, other = ("mentor", "mentee_id") if found["mentor_id"] == asked.actor.id else ("mentee", "mentor_id")
    return {
        "pair_id": found["id"],
        **{name: found[name] for name in ("program_id", "group_id", "introduced_at", "timezone")},
        "status": "paused-for-review" if found.get("reviews") and found["status"] != "ended" else found["status"],
        "ended_at": found.get("ended_at"),
        "role": role,
        "partner": {"person_id": found[other], "name": names.of(found["program_id"], found[other])},
        "introduction": asked.reads.open(found["introduction"]),
    }


QUERIES = {
    "signups": Query(api.Signups(), signups),
    "my_signup": Query(api.OfProgram(), my_signup),
    "recommendations": Query(api.Recommendations(), recommendations),
    "candidates": Query(api.Candidates(), candidates),
    "pairs_of_program": Query(api.PairsOfProgram(), pairs_of_program),
    "my_pairs": Query(api.MyPairs(), my_pairs),
    "pair": Query(api.OfPair(), pair),
    "board": Query(api.OfProgram(), program_board),
}
