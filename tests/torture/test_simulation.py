"""T0: hundreds of seeded runs of the real services over hurting ports, each checked. `SEED=7` runs that one alone."""

from __future__ import annotations

import os

import pytest

from shared.views.inbox import _WAITS
from tests.torture.planting import last_world
from tests.torture.simulation import Plan, World, simulate

_SEEDS = int(os.environ.get("SEEDS", "500"))
_BLOCKS = 10


def _seeds(block: int) -> list[str]:
    only = os.environ.get("SEED")
    if only is not None:
        return [only] if block == 0 else []
    return [str(seed) for seed in range(block, _SEEDS, _BLOCKS)]


@pytest.mark.parametrize("block", range(_BLOCKS))
def test_every_invariant_holds_whatever_fails(block: int) -> None:
    """I1 to I18 and I20 hold after crashes, errors, delays, races, duplicates, reordering and poison at every port."""
    broken = {seed: found for seed in _seeds(block) if (found := simulate(seed).violations)}
    assert broken == {}, "run one again with SEED=…"


def test_the_bus_alone_delivers_everything() -> None:
    """With no producer's feed to fill holes, relays and acknowledgements alone lose nothing."""
    broken = {seed: found for seed in range(15) if (found := simulate(seed, Plan(feed=False)).violations)}
    assert broken == {}


def test_a_seed_gives_the_same_run_again() -> None:
    """The same seed does, breaks and answers the same in the same order."""
    one, again = ([n for n in simulate(3).history if n["note"] != "as-of"] for _ in range(2))
    assert one == again


def test_the_runs_are_worth_checking() -> None:
    """Commands are acknowledged, refused and left unanswered, and every kind of fault happens at every port."""
    notes = [note for seed in range(25) for note in simulate(seed).history]
    faults = {(note["point"], note["how"]) for note in notes if note["note"] == "fault"}
    for point in ("append", "apply", "ack", "publish"):
        for when in ("before", "after"):
            assert {how for at, how in faults if at == f"{point}.{when}"} >= {"crash"}, (point, when)
    for kind in ("ack", "refused", "unknown"):
        assert sum(note["note"] == kind for note in notes) > 5, kind
    assert any(len(note["canaries"]) > 1 for note in notes if note["note"] == "answer")


def test_poison_is_met_and_people_are_erased() -> None:
    """Poison strikes in reactions, views and the store, with followers and with messages that are no events, and some

    of those who wrote are forgotten.
    """
    worlds: list[World] = []
    reasons: set[str] = set()
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = last_world(monkeypatch)
        for seed in range(25):
            simulate(seed)
            worlds.append(world())
    for one in worlds:
        reasons |= {document["why"] for views in one.views.values() for document in views.parked.values()}
    assert reasons >= {"Poisoned", "the store refuses its change", _WAITS, "not JSON"}
    assert any(one.people.canaries_of_erased() for one in worlds)
