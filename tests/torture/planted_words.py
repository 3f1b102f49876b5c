"""Planted bugs that keep or tell people's words: 14, in three places that an erasure may forget, and 15."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from shared.application.application import Application, Context
from shared.kernel.events import Data, Event
from shared.privacy.sealing import Sealer
from shared.views.changes import Change, put
from shared.views.inbox import Inbox
from tests.torture.planting import last_world, with_views
from tests.torture.simulation import TABLES, Plan

_log = structlog.get_logger("shared.planted")


def a_snapshot_that_stays(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """14: a view keeps what it was once opened for, and no erasure knows of it."""
    world = last_world(monkeypatch)
    sent = TABLES["conversations"].views["conversations.MessageSent"]

    def with_a_snapshot(event: Event) -> list[Change]:
        opened = Sealer(world().keys["conversations"]).open_event(event)
        return [*sent(event), put("snapshots", event.data["pair_id"], last=opened["text"])]

    changed = with_views(TABLES["conversations"], conversations_MessageSent=with_a_snapshot)
    return Plan(tables={**TABLES, "conversations": changed})


def a_parked_event_that_stays(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """14: an event is parked in clear, so that operators see what is wrong with it."""
    world = last_world(monkeypatch)
    parked = Inbox._parked

    def in_clear(self: Inbox, event: Event, why: str) -> Data:
        document, keys = parked(self, event, why), world().keys.get(event.service)
        data = Sealer(keys).open_event(event) if keys else event.data
        return {**document, "envelope": {**event.envelope(), "data": data}}

    monkeypatch.setattr(Inbox, "_parked", in_clear)
    return Plan(poison=100)


def an_export_that_stays(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """14: what somebody was once given is kept, and given again."""
    ask, given = Application.ask, {}

    def once(self: Application, name: str, params: Any, context: Context) -> Data:
        asked = (name, context.actor.id, repr(params))
        if asked not in given:
            given[asked] = ask(self, name, params, context)
        found: Data = given[asked]
        return found

    monkeypatch.setattr(Application, "ask", once)
    return Plan()


def a_log_line_with_words(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """15: a line that says what is being decided on."""
    decide = Application._decide

    def told(self: Application, handler: Any, entry: Any, data: Data, context: Context) -> Any:
        _log.info(f"deciding on {data}")
        return decide(self, handler, entry, data, context)

    monkeypatch.setattr(Application, "_decide", told)
    return Plan()
