"""PR-14: what is long over is ended in two steps, by what the views say, and nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from shared.contracts.catalogue import EVENTS, SEALED
from shared.contracts.retention import retention_class, services_with
from shared.kernel.clock import to_text
from shared.privacy.keys import KeyDestroyed, MongoKeys
from shared.privacy.registry import Registry
from shared.privacy.retention import Periods, Retention, Step
from shared.privacy.wrapping import LocalKey

START = datetime(2026, 1, 1, tzinfo=UTC)
PERIODS = Periods(pair=100, program=200, case=300, grace=30)
CLASSES = ("facts", "pair", "program", "case", "person")


class World:
    """Views and registries of all services, written by hand; `days` after the start of the year a run is made."""

    def __init__(self, client: MongoClient[Any]) -> None:
        self.client = client
        self.registries = {service: Registry(client, service) for service in ("conversations", "programs", "matching")}
        self.registries["trust_safety"] = Registry(client, "trust_safety")

    def put(self, service: str, view: str, id: str, **fields: Any) -> None:
        self.client[service][f"view1_{view}"].update_one({"_id": id}, {"$set": fields}, upsert=True)

    def pair(self, id: str, ended: float | None, mentor: str = "may", mentee: str = "tom", program: str = "g1") -> None:
        at = None if ended is None else after(ended)
        self.put("matching", "pairs", id, mentor_id=mentor, mentee_id=mentee, program_id=program, ended_at=at)

    def case(self, id: str, status: str = "open", **fields: Any) -> None:
        self.put("trust_safety", "cases", id, status=status, **fields)

    def keys(self, service: str) -> MongoKeys:
        """As a process finds them that has nothing in memory."""
        return MongoKeys(self.registries[service], lambda: [LocalKey(b"k" * 32)])

    def opens(self, service: str, *key_ids: str) -> list[bool]:
        keys = self.keys(service)
        return [keys.for_opening(key_id) is not None for key_id in key_ids]

    def at(self, days: float) -> Retention:
        return Retention(self.client, self.registries, PERIODS, START + timedelta(days=days))

    def run(self, days: float) -> Counter[tuple[str, str, str]]:
        """What a run did; a dry run just before it said the same."""
        dry = counted(list(self.at(days).steps()))
        run = self.at(days)
        done = []
        for step in run.steps():
            run.do(step)
            done.append(step)
        assert counted(done) == dry
        return dry


def after(days: float) -> str:
    return to_text(START + timedelta(days=days))


def counted(steps: list[Step]) -> Counter[tuple[str, str, str]]:
    return Counter((step.service, step.retained, step.act) for step in steps)


@pytest.fixture
def world(client: MongoClient[Any]) -> World:
    return World(client)


def both(act: str, count: int = 1) -> Counter[tuple[str, str, str]]:
    return Counter({(service, "pair", act): count for service in ("conversations", "programs")})


def test_every_event_type_has_a_retention_class() -> None:
    """PR-14: it follows from whose key seals it; a type that seals with a key of no class fails here."""
    for name in EVENTS:
        assert retention_class(name) in CLASSES
        assert (retention_class(name) == "facts") <= (not SEALED[name])
    assert retention_class("conversations.MessageSent") == "pair"
    assert retention_class("programs.ProgramCreated") == "program"
    assert retention_class("trust_safety.ActionTaken") == "case"
    assert retention_class("matching.SignedUp") == "person"
    assert services_with("pair") == ["conversations", "programs"]


def test_a_pair_rests_then_ends(world: World) -> None:
    """PR-14: after its period nobody reads it, after the grace nobody can any more; each run does its part once."""
    world.pair("p1", ended=0)
    world.pair("p2", ended=None)
    ids = ("p1\x1fmay", "p2\x1fmay")
    for key_id in ids:
        world.keys("conversations").for_sealing(key_id)
    assert world.run(99) == Counter()
    assert world.run(101) == both("soft-destroy")
    assert world.opens("conversations", *ids) == [False, True]
    assert world.run(101) == world.run(130) == Counter()
    assert world.run(132) == both("destroy")
    assert world.registries["conversations"].restore_space("p1") == 0
    assert world.opens("conversations", *ids) == [False, True]
    with pytest.raises(KeyDestroyed):
        world.keys("conversations").for_sealing("p1\x1fsomebody")
    assert world.run(500) == Counter()


@pytest.mark.parametrize(
    "case",
    [
        {"pair_id": "p1"},
        {"people": ["tom", "may", "eve"]},
        {"pair_id": "p1", "status": "closed", "open_appeals": 1},
        {"pair_id": "p1", "status": "escalated"},
    ],
)
def test_an_open_case_holds_its_pair(world: World, case: dict[str, Any]) -> None:
    """PR-10, PR-14: about the pair, a message in it, or one of the two by the other; also while an appeal waits."""
    world.pair("p1", ended=0)
    world.pair("p2", ended=0, mentor="ann")
    world.case("c1", **case)
    assert world.run(101) == both("soft-destroy")
    assert set(world.registries["conversations"].rested(["p1", "p2"])) == {"p2"}
    world.case("c1", status="closed", open_appeals=0)
    assert world.run(102) == both("soft-destroy")


def test_a_case_that_is_opened_during_the_grace_brings_a_pair_back(world: World) -> None:
    """PR-10: until it is closed; then the grace begins anew."""
    world.pair("p1", ended=0)
    key = world.keys("conversations").for_sealing("p1\x1fmay")
    world.run(101)
    world.case("c1", pair_id="p1")
    assert world.run(140) == both("restore")
    assert world.keys("conversations").for_opening("p1\x1fmay") == key
    assert world.run(150) == Counter()
    world.case("c1", status="closed")
    assert world.run(160) == both("soft-destroy")
    assert world.run(180) == Counter()
    assert world.run(191) == both("destroy")


def test_an_operator_can_bring_a_pair_back(world: World) -> None:
    """PR-14: what was restored within the grace is left alone for as long as was said."""
    world.pair("p1", ended=0)
    world.keys("conversations").for_sealing("p1\x1fmay")
    world.run(101)
    assert world.registries["conversations"].restore_space("p1", after(200)) == 1
    assert world.run(199) == Counter({("programs", "pair", "destroy"): 1})
    assert world.opens("conversations", "p1\x1fmay") == [True]
    assert world.run(201) == Counter({("conversations", "pair", "soft-destroy"): 1})


def test_a_program_rests_after_its_last_pair(world: World) -> None:
    """PR-14: its words and its reasons for pairs, once it is long archived, no pair is on its way and no case open."""
    world.put("programs", "programs", "g1", status="archived", archived_at=after(0))
    world.put("programs", "programs", "g2", status="open")
    world.pair("p1", ended=None)
    world.case("c1", program_id="g1")
    assert world.run(201) == Counter()
    world.pair("p1", ended=200)
    assert world.run(201) == Counter()
    world.case("c1", status="closed")
    for service in ("programs", "matching"):
        world.keys(service).for_sealing("g1")
    ended = {(service, "program", "soft-destroy"): 1 for service in ("programs", "matching")}
    assert world.run(201) == Counter(ended)
    assert world.opens("matching", "g1") == [False]


@pytest.mark.parametrize("hold", ["evidence", "appeal", "sanction"])
def test_a_case_rests_when_nothing_of_it_is_in_force(world: World, hold: str) -> None:
    """PR-14: its words stay while its evidence does, an appeal waits, or a sanction stands whose reasons they are."""
    world.case("c1", status="closed", closed_at=after(0), evidence_until=None, open_appeals=0)
    for key_id in ("c1", "c1\x1fmay", "c2"):
        world.keys("trust_safety").for_sealing(key_id)
    if hold == "sanction":
        world.put("trust_safety", "actions", "a1", case_id="c1", action="ban", until=None)
    else:
        world.case("c1", "closed", **{"evidence": {"evidence_until": after(400)}, "appeal": {"open_appeals": 1}}[hold])
    assert world.run(301) == Counter()
    world.case("c1", "closed", evidence_until=None, open_appeals=0)
    world.put("trust_safety", "actions", "a1", lifted_at=after(301))
    assert world.run(302) == Counter({("trust_safety", "case", "soft-destroy"): 1})
    assert world.opens("trust_safety", "c1", "c1\x1fmay", "c2") == [False, False, True]


def test_a_run_that_was_killed_is_finished_by_the_next(world: World) -> None:
    """PR-14: wherever it ended, the two do together what one run would have done."""
    for number in range(6):
        world.pair(f"p{number}", ended=0, mentor=f"m{number}")
    killed = world.at(101)
    for number, step in enumerate(killed.steps()):
        if number == 5:
            break
        killed.do(step)
    assert sum(world.run(101).values()) == 12 - 5
    assert world.run(101) == Counter()
    assert world.run(132) == both("destroy", 6)
