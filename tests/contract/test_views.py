"""One contract for views: what holds in MongoDB holds in memory, so that fast tests tell the truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shared.eventlog.mongo import connect
from shared.testing.memory_views import MemoryViews
from shared.views.changes import Change, amend, amend_existing, put, remove
from shared.views.reader import ViewReader
from shared.views.store import UnfitChange, ViewStore, WatermarkMoved


class MongoViews:
    """Store and reader of MongoDB behind the one face that `MemoryViews` has."""

    def __init__(self, client: Any) -> None:
        store = ViewStore(client, "views_contract")
        reader = ViewReader(client, "views_contract", store)
        self.apply, self.watermark, self.parked_streams = store.apply, store.watermark, store.parked_streams
        self.park_message = store.park_message
        self.get, self.get_many, self.find = reader.get, reader.get_many, reader.find
        self.count, self.page = reader.count, reader.page


@pytest.fixture(params=["memory", "mongo"])
def views(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Both adapters."""
    if request.param == "memory":
        yield MemoryViews()
        return
    client = connect(request.getfixturevalue("mongo_url"))
    client.drop_database("views_contract")
    yield MongoViews(client)
    client.drop_database("views_contract")
    client.close()


def applied(views: Any, *changes: Change, at: int = 0) -> Any:
    views.apply(list(changes), source="programs", partition=0, came_from=at, moves_to=at + 1)
    return views


def test_documents_by_their_ids(views: Any) -> None:
    """Those that are there, each asker's own copy; nothing for the others."""
    applied(views, put("v", "a", n=[1]), put("v", "b", n=[2]), put("other", "c", n=[3]))
    found = views.get_many("v", ["a", "c", "b", "a"])
    assert found == {"a": {"id": "a", "n": [1]}, "b": {"id": "b", "n": [2]}}
    found["a"]["n"].append(9)
    assert views.get("v", "a") == {"id": "a", "n": [1]}
    assert views.get_many("v", []) == {}


def test_every_operator_does_the_same(views: Any) -> None:
    """set, inc, push, pull, unset, max, min, add: with dotted names, on missing and present fields."""
    applied(views, put("v", "a", n=1, **{"deep.er": "x"}))
    applied(
        views,
        amend("v", "a", inc={"n": 2, "new": 1}, push={"list": 1}, add={"set": "x"}, max={"top": 5}, min={"low": 5}),
        amend("v", "a", push={"list": 2}, add={"set": "x"}, max={"top": 3}, min={"low": 3}),
        amend("v", "a", pull={"list": 1}, unset={"deep.er": ""}, set={"deep.other": [1]}),
        at=1,
    )
    assert views.get("v", "a") == {
        "id": "a", "n": 3, "new": 1, "list": [2], "set": ["x"], "top": 5, "low": 3, "deep": {"other": [1]},
    }  # fmt: skip


def test_pull_takes_out_objects_by_their_fields(views: Any) -> None:
    """As reactions of a person are replaced."""
    applied(views, put("v", "a", list=[{"by": "x", "n": 1}, {"by": "y", "n": 2}]))
    applied(views, amend("v", "a", pull={"list": {"by": "x"}}), at=1)
    assert views.get("v", "a")["list"] == [{"by": "y", "n": 2}]


def test_existing_only_and_remove(views: Any) -> None:
    """A change for existing documents makes none; a removed one is gone."""
    applied(views, amend_existing("v", "a", set={"n": 1}), put("v", "b", n=1), remove("v", "c"))
    assert views.get("v", "a") is None
    applied(views, remove("v", "b"), at=1)
    assert views.get("v", "b") is None


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({}, "abc"),
        ({"n": 2}, "b"),
        ({"n": {"$in": [1, 3]}}, "ac"),
        ({"n": {"$ne": 2}}, "ac"),
        ({"n": {"$nin": [1, 2]}}, "c"),
        ({"n": {"$gt": 1, "$lte": 3}}, "bc"),
        ({"n": {"$gte": 2, "$lt": 3}}, "b"),
        ({"tags": "x"}, "ab"),
        ({"tags": {"$in": ["y", "q"]}}, "b"),
        ({"deep.er": 1}, "c"),
        ({"deep": {"$exists": True}}, "c"),
        ({"_id": {"$in": ["a", "c"]}}, "ac"),
        ({"$or": [{"n": 1}, {"deep.er": 1}]}, "ac"),
    ],
)
def test_filters_find_the_same(views: Any, where: dict[str, Any], ids: str) -> None:
    """The filters that queries use."""
    applied(
        views,
        put("v", "a", n=1, tags=["x"]),
        put("v", "b", n=2, tags=["x", "y"]),
        put("v", "c", n=3, deep={"er": 1}),
    )
    assert [found["id"] for found in views.find("v", where)] == list(ids)
    assert views.count("v", where) == len(ids)


def test_pages_follow_each_other_without_gap_or_repeat(views: Any) -> None:
    """Ascending and descending, by id and by field; the last page has no next."""
    applied(views, *(put("v", f"d{number}", order=f"{number:03d}") for number in range(7)))
    for order in ("order", "-order", "_id"):
        seen, cursor = [], None
        while True:
            page = views.page("v", {}, order=order, cursor=cursor, limit=3)
            seen.extend(one["id"] for one in page["items"])
            cursor = page["next"]
            if cursor is None:
                break
        expected = [f"d{number}" for number in range(7)]
        assert seen == (expected[::-1] if order.startswith("-") else expected)


def test_changes_and_watermark_are_one(views: Any) -> None:
    """I9: a change that cannot be written moves no watermark and leaves nothing of its batch."""
    applied(views, put("v", "a", n="text"))
    with pytest.raises(UnfitChange):
        applied(views, put("v", "b", n=1), amend("v", "a", inc={"n": 1}), at=1)
    assert views.watermark("programs", 0) == 1
    assert views.get("v", "b") is None


def test_a_moved_watermark_refuses_the_batch(views: Any) -> None:
    """Two workers never apply the same events twice."""
    applied(views, amend("v", "a", inc={"n": 1}))
    with pytest.raises(WatermarkMoved):
        applied(views, amend("v", "a", inc={"n": 1}))
    assert views.get("v", "a")["n"] == 1


def test_parked_events_hold_their_stream(views: Any) -> None:
    """The streams of parked events are known per source and partition."""
    parked = {"_id": "e1", "source": "programs", "partition": 0, "stream": "s", "position": 1, "index": 0}
    views.apply([], source="programs", partition=0, came_from=0, moves_to=1, parked=[parked])
    assert views.parked_streams("programs", 0) == {"s"}
    assert views.parked_streams("programs", 1) == set()
