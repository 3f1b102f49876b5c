"""What `mentorship doctor` finds wrong with how far views and queues are, on a real store and broker."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pika
import pytest
from pymongo import MongoClient

from shared.bus import topology
from shared.eventlog.place import log_database
from shared.runtime.accounts import ADMIN
from shared.runtime.local.diagnosis import Finding, diagnose
from shared.runtime.local.instance import Instance
from shared.runtime.local.store import LocalStore


@pytest.fixture
def found(
    operated: LocalStore, client: MongoClient[Any], amqp_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Finding]:
    """What one check finds now."""
    assert client
    for name in [name for name in os.environ if name.endswith(("MONGO_URL", "AMQP_URL"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MONGO_URL", operated.url_for(ADMIN))
    monkeypatch.setenv("AMQP_URL", amqp_url)
    instance = Instance(tmp_path, os.environ)
    return lambda subject: {one.subject: one for one in diagnose(instance)}[subject]


def test_what_is_parked_or_far_behind_is_a_fault(client: MongoClient[Any], found: Callable[[str], Finding]) -> None:
    """Parked events, views that stand still and a relay that does are each named, with the service and by how much."""
    log, marks = client[log_database("programs")]["log_1"], client["programs"]["checkpoints"]
    views = client["matching"]["view1_watermarks"]
    log.insert_one({"_id": 2000})
    marks.insert_one({"_id": "relay.1", "position": 1500})
    views.insert_one({"_id": "programs.1", "position": 1990})
    assert found("lag") == Finding("lag", True, "views at most 10 commits behind, relays 500, nothing parked")
    views.update_one({}, {"$set": {"position": 900}})
    assert (found("lag").well, "matching is 1100 commits behind programs" in found("lag").sentence) == (False, True)
    views.update_one({}, {"$set": {"position": 2000}})
    marks.update_one({}, {"$set": {"position": 900}})
    assert (found("lag").well, "has yet to confirm 1100 commits" in found("lag").sentence) == (False, True)
    marks.update_one({}, {"$set": {"position": 2000}})
    client["matching"]["parked"].insert_one({"_id": "event-1"})
    assert (found("lag").well, "1 events of matching are parked" in found("lag").sentence) == (False, True)


def test_what_lies_in_a_dead_letter_queue_or_is_not_there_is_a_fault(
    amqp_url: str, found: Callable[[str], Finding]
) -> None:
    """One dead letter is a fault, and so is a queue that the broker lacks; both are named."""
    dead = topology.dead_queue("programs")
    assert found("topology").well
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", dead, b"{}")
        assert (found("topology").well, "Dead letters: 1," in found("topology").sentence) == (False, True)
        channel.queue_delete(dead)
        assert (found("topology").well, f"lacks the queue {dead}" in found("topology").sentence) == (False, True)
    topology.declare(amqp_url, 2)
    assert found("topology").well
