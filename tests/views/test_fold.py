"""Folding changes in memory, beside the store that applies them one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from shared.eventlog.mongo import connect
from shared.views.changes import Change, amend, amend_existing, put, remove
from shared.views.compare import compare
from shared.views.fold import NotFoldable, fold
from shared.views.folding import FoldingStore
from shared.views.store import UnfitChange, ViewStore
from tests.support.mongod import shared_url

_SERVICE = "fold"
_PATHS = ("n", "list", "deep", "deep.n", "deep.list", "deep.er.n")
_VALUES: tuple[Any, ...] = (
    *(1, 2, -3, 0, 2**31 - 1, 2**31, 2**40, 1.0, 2.5, True, False, None, "", "a", "é", "🦋"),
    *([], [1], ["a", "a"], {}, {"by": "a"}, {"by": "a", "n": 1}, {"n": 1, "by": "a"}, {"er": {"n": 1}}),
)
_OPERATORS = ("set", "set", "set", "inc", "push", "pull", "unset", "max", "min", "add")


@pytest.fixture
def client() -> Iterator[Any]:
    with connect(shared_url()) as client:
        client.drop_database(_SERVICE)
        yield client
        client.drop_database(_SERVICE)


def _change(dice: random.Random) -> Change:
    """Mostly what views do, sometimes what the store refuses."""
    id = dice.choice("abcdef")
    if dice.random() < 0.1:
        return remove("v", id)
    update: dict[str, dict[str, Any]] = {}
    for _ in range(dice.choice((1, 1, 2))):
        update.setdefault(dice.choice(_OPERATORS), {})[dice.choice(_PATHS)] = dice.choice(_VALUES)
    return (amend if dice.random() < 0.7 else amend_existing)("v", id, **update)


def _outcome(store: ViewStore, changes: list[Change], at: int) -> str:
    try:
        store.apply(changes, source="s", partition=0, came_from=at, moves_to=at + 1)
    except UnfitChange:
        return "refused"
    return "applied"


@pytest.mark.parametrize("seed", range(4))
def test_folded_batches_leave_what_the_store_would(client: Any, seed: int) -> None:
    """I13: with every operator, odd values and clashing paths, each batch is applied or refused alike, to the byte."""
    dice = random.Random(seed)
    one_by_one, folding = ViewStore(client, _SERVICE, 1), FoldingStore(client, _SERVICE, 2)
    outcomes: list[str] = []
    for _ in range(120):
        changes = [_change(dice) for _ in range(dice.choice((1, 1, 2, 4)))]
        at = outcomes.count("applied")
        outcomes.append(_outcome(one_by_one, changes, at))
        assert _outcome(folding, changes, at) == outcomes[-1], changes
        assert [str(found) for found in compare(client, _SERVICE, 1, 2)] == [], changes
    assert {"applied", "refused"} == set(outcomes)


def test_a_document_that_changes_often_is_folded_to_one() -> None:
    """Made, counted, amended: the last state is all there is to write; a removed one is gone."""
    documents: dict[str, dict[str, Any]] = {"old": {"n": 1, "list": ["x"]}, "gone": {}}
    fold(
        documents,
        [
            put("v", "new", n=1, **{"deep.er": 1}),
            amend("v", "new", inc={"n": 2}, push={"list": "a"}),
            amend("v", "old", pull={"list": "x"}, set={"deep": {"er": 2}}),
            amend_existing("v", "missing", set={"n": 1}),
            remove("v", "gone"),
        ],
    )
    assert documents == {"new": {"n": 3, "deep": {"er": 1}, "list": ["a"]}, "old": {"n": 1, "list": [], "deep": {"er": 2}}}  # fmt: skip  # noqa: E501


def test_what_an_event_holds_is_never_changed() -> None:
    """Two views may keep the same list of an event: a push to one of them must not show in the other."""
    names = ["a"]
    documents: dict[str, dict[str, Any]] = {}
    fold(documents, [put("v", "one", names=names), put("v", "two", names=names)])
    fold(documents, [amend("v", "one", push={"names": "b"})])
    assert (names, documents["two"]["names"], documents["one"]["names"]) == (["a"], ["a"], ["a", "b"])


@pytest.mark.parametrize(
    "update",
    [
        {"set": {"_id": "other"}},
        {"set": {"": 1}},
        {"set": {"$n": 1}},
        {"set": {"n.x": 1}},
        {"set": {"list.0": 1}},
        {"set": {"a": 1, "a.b": 1}},
        {"set": {"n": 2}, "inc": {"n": 1}},
        {"inc": {"n": True}},
        {"inc": {"n": 2**31}},
        {"inc": {"list": 1}},
        {"push": {"n": 1}},
        {"push": {"list": {"$each": [1]}}},
        {"add": {"list": True}},
        {"pull": {"list": {"$gt": 1}}},
        {"pull": {"list": {"by": "a"}}},
        {"max": {"n": "text"}},
    ],
)
def test_what_the_store_may_do_otherwise_is_left_to_it(update: dict[str, dict[str, Any]]) -> None:
    """Refusals, conversions and operators within values are not guessed at."""
    with pytest.raises(NotFoldable):
        fold({"a": {"n": 1, "list": [1, "x"]}}, [amend("v", "a", **update)])
