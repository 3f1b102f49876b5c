"""A program with 300 mentees and 200 mentors, paired over HTTP: P-05 to P-11 as an admin works with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from shared.demo.client import Api, Known, Person
from shared.kernel.events import Data
from tests.e2e.conftest import Group
from tests.support.system import System

TOPICS = [f"topic {n}" for n in range(24)]
ZONES = ["Europe/Berlin", "Europe/London", "America/New_York"]
EVENINGS = [{"weekday": day, "from": "18:00", "to": "21:00"} for day in range(1, 6)]
MENTORS, MENTEES = 200, 300


@dataclass
class Market:
    """`capacity` by mentor, `speaks` by person; `run` is the last run that was made."""

    group: Group
    program: str
    people: dict[str, Person] = field(default_factory=dict)
    capacity: dict[str, int] = field(default_factory=dict)
    speaks: dict[str, set[str]] = field(default_factory=dict)
    run: Data = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/v1/programs/{self.program}"

    def of_the_run(self, more: str = "") -> str:
        return f"{self.path}/recommendations/{self.run['run_id']}{more}"

    def joins(self, group: Group, name: str, role: str, said: Data) -> None:
        person = group.member(name)
        group.signs_up(person, self.program, role, **said)
        self.people[person.id] = self.group.member(name)
        self.speaks[person.id] = set(said["languages"])
        if role == "mentor":
            self.capacity[person.id] = said["capacity"]


@pytest.fixture(scope="module")
def market(system: System) -> Iterator[Market]:
    """Everybody has signed up, and the first run is made."""
    with Api(system.base_url) as api:
        group = Group(system, api)
        market = Market(group, group.program(mentees_per_mentor=2))
        with Api(system.base_url) as hasty:
            hasty.known = Unmoved(api.known)
            _fill(market, Group(system, hasty, group.id), Random(5))
        market.run = group.admin.post(f"{market.path}/recommendations", {"fairness": 0.25, "seed": 7})
        yield market


class Unmoved(Known):
    """What was known once, that the program is open: five hundred people need not see each other's sign-ups."""

    def __init__(self, once: Known) -> None:
        super().__init__()
        self._once = once.header()

    def header(self) -> dict[str, str]:
        return self._once


def _fill(market: Market, group: Group, draw: Random) -> None:
    mentors = [(f"mentor{n}", "mentor", _said(draw, "mentor")) for n in range(MENTORS)]
    mentees = [(f"mentee{n}", "mentee", _said(draw, "mentee")) for n in range(MENTEES)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: market.joins(group, *one), mentors + mentees))


def _said(draw: Random, role: str) -> Data:
    languages = draw.choice([["en"], ["en"], ["en", "de"], ["de"]])
    said: Data = {"languages": languages, "timezone": draw.choice(ZONES), "topics": draw.sample(TOPICS, 3)}
    if draw.random() < 0.5:
        said["hours"] = EVENINGS
    if role == "mentor":
        return {**said, "needs": [], "capacity": draw.choice([1, 1, 2])}
    return {**said, "needs": draw.sample(TOPICS, draw.randint(1, 3))}


def _couples(proposals: list[Data]) -> set[tuple[str, str]]:
    return {(one["mentor_id"], one["mentee_id"]) for one in proposals}


def _two(couple: tuple[str, str]) -> Data:
    return {"mentor_id": couple[0], "mentee_id": couple[1]}


def test_a_run_serves_as_many_as_there_are_places_and_keeps_every_rule(market: Market) -> None:
    """P-08, P-11: no place is given twice, nobody is paired across languages, and hardly a place stays empty."""
    proposals = market.run["proposals"]
    taken = Counter(one["mentor_id"] for one in proposals)
    assert all(count <= market.capacity[mentor] for mentor, count in taken.items())
    assert max(Counter(one["mentee_id"] for one in proposals).values()) == 1
    assert all(market.speaks[one["mentor_id"]] & market.speaks[one["mentee_id"]] for one in proposals)
    assert all(0 <= one["score"] <= 1 for one in proposals)
    assert {one["mentee_id"] for one in proposals} | {one["person_id"] for one in market.run["unmatched"]} <= set(
        market.people
    )
    assert len(taken) > 0.95 * MENTORS


def test_every_proposal_and_everybody_left_over_is_explained(market: Market) -> None:
    """P-09: reasons for each proposal, and for who is left over why, and what would help."""
    assert all(one["reasons"] for one in market.run["proposals"])
    alone = [one for one in market.run["unmatched"] if "mentee" in one["person_id"]]
    assert alone
    assert all(one["because"] for one in alone)


def test_the_dial_shows_what_it_costs(market: Market) -> None:
    """P-10: at five settings the number served is the same, and more of those who waited longest are among them."""
    dials = market.group.admin.get(f"{market.path}/recommendations/preview")["dial"]
    assert [one["fairness"] for one in dials] == [0, 0.25, 0.5, 0.75, 1]
    assert len({one["served"] for one in dials}) == 1
    assert dials[-1]["longest_waiting_served"] > dials[0]["longest_waiting_served"]
    assert dials[0]["mean_quality"] >= dials[-1]["mean_quality"]


def test_a_run_is_made_again(market: Market) -> None:
    """P-09: from what was kept of it, the same pairs come out."""
    assert market.group.admin.get(market.of_the_run("/replay"))["replayed"] is True


def test_some_are_locked_and_the_rest_is_solved_anew(market: Market) -> None:
    """P-07: locked pairs stay in the new run, which can be laid beside the old one."""
    locked = sorted(_couples(market.run["proposals"]))[:20]
    body = {"locked": [_two(one) for one in locked], "rest_of": market.run["run_id"], "fairness": 1}
    again = market.group.admin.post(f"{market.path}/recommendations", body)
    assert set(locked) <= _couples(again["proposals"])
    comparison = market.group.admin.get(
        f"{market.path}/recommendations/{again['run_id']}/comparison", against=market.run["run_id"]
    )
    assert set(locked) <= _couples(comparison["kept"])
    assert comparison["moved"]


def test_a_block_between_the_proposal_and_its_publication_is_heeded(market: Market) -> None:
    """BL-07: who is blocked meanwhile is not paired, and the answer does not say that it was a block."""
    admin = market.group.admin
    first, second, *_ = sorted(_couples(market.run["proposals"]))
    market.people[first[1]].post("/v1/blocks", {"person_id": first[0]})
    done = admin.post(market.of_the_run("/publish"), {"pairs": [_two(first), _two(second)], "introduce": False})
    by_mentee = {one["mentee_id"]: one for one in done["results"]}
    assert by_mentee[first[1]]["problem"] == "not-to-be-paired"
    assert by_mentee[second[1]]["pair_id"]
    admin.post(f"{market.path}/batches/{done['batch_id']}/undo")


def test_it_is_edited_published_taken_back_and_introduced(market: Market) -> None:
    """P-07: a pair is taken out by hand, the rest become drafts, are taken back, are published and introduced."""
    admin = market.group.admin
    out = sorted(_couples(market.run["proposals"]))[1]
    edited = admin.post(market.of_the_run("/edit"), {"remove": [_two(out)]})
    assert out not in _couples(edited["proposals"])

    drafts = admin.post(market.of_the_run("/publish"), {"introduce": False})
    paired = [one for one in drafts["results"] if "pair_id" in one]
    assert len(paired) >= len(edited["proposals"]) - 1
    undone = admin.post(f"{market.path}/batches/{drafts['batch_id']}/undo")
    assert len([one for one in undone["results"] if "problem" not in one]) == len(paired)

    drafts = admin.post(market.of_the_run("/publish"), {"introduce": False})
    done = admin.post(f"{market.path}/batches/{drafts['batch_id']}/introduce", {"introduction": "Say hello."})
    introduced = [one for one in done["results"] if "problem" not in one]
    assert len(introduced) == len(paired)
    [mine] = market.people[introduced[0]["mentee_id"]].get("/v1/me/pairs")["items"]
    assert (mine["pair_id"], mine["introduction"]) == (introduced[0]["pair_id"], "Say hello.")


def test_who_is_left_waits_in_order(market: Market) -> None:
    """P-11: everybody without a pair is in the waiting list with their age, who came first in front."""
    waiting: list[Data] = []
    cursor: Any = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = market.group.admin.get(f"{market.path}/waiting", role="mentee", limit=100, **more)
        waiting += page["items"]
        cursor = page["next"]
        if not cursor:
            break
    assert [one["since"] for one in waiting] == sorted(one["since"] for one in waiting)
    paired = sum(one["status"] == "active" for one in _all_pairs(market))
    assert len(waiting) == MENTEES - paired


def _all_pairs(market: Market) -> list[Data]:
    found: list[Data] = []
    cursor: Any = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = market.group.admin.get(f"{market.path}/pairs", limit=100, **more)
        found += page["items"]
        cursor = page["next"]
        if not cursor:
            return found
