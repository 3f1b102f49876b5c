"""Questions to matching: read models → answers. Nothing private of one person is shown to another."""

from __future__ import annotations

from collections.abc import Callable, Collection

from services.matching import policy, recommended
from services.matching.board import board
from services.matching.domain.roster import Settings
from services.matching.keys import signup_key, version_of_signup
from services.matching.names import Names, of_the_pairs, shown_reason
from services.matching.runs import runs
from services.matching.waiting import waiting
from shared.application.table import Asked, Query, Reads
from shared.contracts import matching_api as api
from shared.kernel.errors import NotFound
from shared.kernel.events import Data

_PRIVATE = frozenset({"do_not_pair", "counts"})
_OF_A_SIGNUP = ("signup_id", "program_id", "person_id", "role", "status", "capacity", "since", "expires_at")


def signups(asked: Asked) -> Data:
    params, reads, roster = asked.params, asked.reads, policy.roster_of(asked)
    where = {"program_id": roster["id"]}
    where |= {name: params[name] for name in ("role", "status") if name in params}
    page = reads.page("signups", where, order="order", cursor=params["cursor"], limit=params["limit"])
    protected = {one.id for one in Settings.of(roster["settings"]).questions if one.protected}
    items = [_signup(reads, one, lambda answers: _without_private(answers, protected)) for one in page["items"]]
    return {"items": items, "next": page["next"]}


def my_signup(asked: Asked) -> Data:
    found = asked.reads.get("signups", signup_key(asked.params["program_id"], asked.actor.id))
    if found is None:
        raise NotFound
    return {**_signup(asked.reads, found), "_etag": version_of_signup(found["answers"])}


def pairs_of_program(asked: Asked) -> Data:
    params, where = asked.params, {"program_id": policy.roster_of(asked)["id"]}
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
    return board(asked.reads, policy.roster_of(asked)["id"], asked.now)


def _without_private(answers: Data, protected: Collection[str]) -> Data:
    """What admins do not read: whom one wishes not to be paired with, and protected replies."""
    shown = {name: value for name, value in answers.items() if name not in _PRIVATE}
    if "replies" in shown:
        shown["replies"] = {name: reply for name, reply in shown["replies"].items() if name not in protected}
    return shown


def _signup(reads: Reads, found: Data, shown: Callable[[Data], Data] = dict) -> Data:
    answers = reads.open(found["answers"])
    if isinstance(answers, dict):
        answers = shown(answers)
    opened = {"name": reads.open(found["name"]), "answers": answers, "current_pairs": found["current"]}
    return {**{name: found[name] for name in _OF_A_SIGNUP}, **opened}


def _for_admin(names: Names, found: Data) -> Data:
    program_id = found["program_id"]
    return {
        "pair_id": found["id"],
        **{name: found[name] for name in ("program_id", "mentor_id", "mentee_id", "status", "created_at")},
        **{name: found.get(name) for name in ("batch_id", "expires_at", "introduced_at", "ended_at")},
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
    **recommended.QUERIES,
    "signups": Query(api.Signups(), signups),
    "my_signup": Query(api.OfProgram(), my_signup),
    "runs": Query(api.Runs(), runs),
    "waiting": Query(api.WaitingOf(), waiting),
    "pairs_of_program": Query(api.PairsOfProgram(), pairs_of_program),
    "my_pairs": Query(api.MyPairs(), my_pairs),
    "pair": Query(api.OfPair(), pair),
    "board": Query(api.OfProgram(), program_board),
}
