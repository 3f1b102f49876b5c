"""The same views in the real store."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pymongo import MongoClient

from services.matching.service import TABLE
from shared.application.application import Application, Context
from shared.privacy.sealing import Sealer
from shared.testing.scenario import person
from shared.views.inbox import Inbox
from shared.views.reader import ViewReader
from shared.views.store import ViewStore
from tests.services.matching.story import ADMIN, PROGRAM, Story

pytestmark = [
    pytest.mark.real,
    pytest.mark.filterwarnings("ignore:Using fork:DeprecationWarning"),  # the store's process is started by this one
]


def told() -> Story:
    """A rolling program whose runs were edited, published as drafts, introduced and taken back; one pair is over."""
    story = Story(rolling={"every_days": 1, "publish": False})
    for name in ("max", "moe"):
        story.joins(name, "mentor", capacity=3)
    for name in ("mia", "eve", "zoe", "ida"):
        story.joins(name, "mentee")
    story.later(days=1)
    run_id = story.asks("runs")["items"][0]["run_id"]
    proposed = [
        {name: one[name] for name in ("mentor_id", "mentee_id")}
        for one in story.asks("recommendations", run_id=run_id)["proposals"]
    ]
    run = {**PROGRAM, "run_id": run_id}
    story.given("edit_recommendations", {**run, "remove": proposed[:1], "add": proposed[:1]}, ADMIN)
    story.given("publish_recommendations", {**run, "introduce": False}, ADMIN)
    batch = {**PROGRAM, "batch_id": story.answer["batch_id"]}
    kept = story.answer["results"][0]
    story.given("introduce_pair", {"pair_id": kept["pair_id"]}, ADMIN)
    story.given("undo_publication", batch, ADMIN)
    story.later(hours=1)
    story.given("end_pair", {"pair_id": kept["pair_id"], "reason": "schedule"}, person(kept["mentee_id"]))
    left = next(name for name in ("ida", "zoe", "eve", "mia") if name != kept["mentee_id"])
    story.pairs("moe" if kept["mentor_id"] == "max" else "max", left, introduce=False)
    return story


def test_views_and_answers_are_those_in_memory(client: MongoClient[dict[str, Any]]) -> None:
    """The store makes of the same events the same documents, and the questions get the same answers."""
    story = told()
    database = f"ma_{uuid.uuid4().hex[:8]}"
    store = ViewStore(client, database)
    store.ensure_indexes(TABLE.indexes)
    events = [event for commit in story.log.feed(0, 0, 1000) for event in commit.events]
    Inbox(store, TABLE.views, lambda _event: None, story.clock).apply("matching", 0, events)
    reader = ViewReader(client, database, store)
    for view in ("rosters", "signups", "proposed", "pairs", "runs", "due"):
        assert reader.find(view, {}) == story.views.find(view, {}), view
    app = Application(TABLE, story.log, Sealer(story.keys), reader, story.clock)
    run_id = story.asks("runs")["items"][-1]["run_id"]
    for query, params in (
        ("waiting", {}),
        ("waiting", {"role": "mentee", "limit": 1}),
        ("runs", {}),
        ("recommendations", {"run_id": run_id}),
        ("candidates", {"mentor_id": "max"}),
        ("pairs_of_program", {}),
        ("board", {}),
    ):
        asked = {**PROGRAM, **params}
        assert app.ask(query, asked, Context(ADMIN, "q", "q")) == story.ask(query, asked, ADMIN), query
    client.drop_database(database)
