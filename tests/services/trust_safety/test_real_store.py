"""The same views in the real store."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pymongo import MongoClient

from services.trust_safety.service import TABLE
from shared.application.application import Application, Context
from shared.privacy.sealing import Sealer
from shared.views.inbox import Inbox
from shared.views.reader import ViewReader
from shared.views.store import ViewStore
from tests.services.trust_safety.story import ADA, BEN, MO, PAIR_ID, Story

pytestmark = [
    pytest.mark.real,
    pytest.mark.filterwarnings("ignore:Using fork:DeprecationWarning"),  # the store's process is started by this one
]


def test_views_and_answers_are_those_in_memory(story: Story, client: MongoClient[dict[str, Any]]) -> None:
    """The store makes of the same events the same documents, and the questions get the same answers."""
    case_id = story.reported(text="hello")
    story.disclosed()
    story.given("assign_case", {"case_id": case_id}, MO)
    action_id = story.act(case_id, "suspend", until="2026-03-09T09:00:00Z")
    story.given("file_appeal", {"case_id": case_id, "action_id": action_id, "text": "no"}, BEN)
    story.arrives("conversations.BlockRequested", {"blocker_id": "ada", "blocked_id": "ben"})
    pair = {"kind": "pair", "id": PAIR_ID}
    story.act(story.held(target=pair, reason="self-harm"), "release-pair")
    story.reported(target=pair, reason="may-be-under-18")
    database = f"ts_{uuid.uuid4().hex[:8]}"
    store = ViewStore(client, database)
    store.ensure_indexes(TABLE.indexes)
    events = [event for commit in story.log.feed(0, 0, 1000) for event in commit.events]
    Inbox(store, TABLE.views, lambda _event: None, story.clock).apply("trust_safety", 0, events)
    reader = ViewReader(client, database, store)
    for view in ("cases", "reports", "actions", "appeals", "audit", "blocks", "standing", "ages", "due"):
        assert reader.find(view, {}) == story.views.find(view, {}), view
    app = Application(TABLE, story.log, Sealer(story.keys), reader, story.clock)
    for query, params, who in (
        ("moderation_cases", {}, MO),
        ("moderation_cases", {"status": "appealed", "limit": 1}, MO),
        ("case", {"case_id": case_id}, MO),
        ("my_reports", {}, ADA),
        ("my_statements", {}, BEN),
    ):
        assert app.ask(query, params, Context(who, "q", "q")) == story.ask(query, params, who)
    client.drop_database(database)
