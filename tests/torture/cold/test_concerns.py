"""What services really ask of the store: every command that four of them send while people use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from services.conversations.service import TABLE as CONVERSATIONS
from services.matching.service import TABLE as MATCHING
from services.programs.service import TABLE as PROGRAMS
from services.trust_safety.service import TABLE as TRUST_SAFETY
from shared.application.application import Context, Done
from shared.bus import topology
from shared.bus.worker import Worker
from shared.eventlog.mongo import connect
from shared.kernel.actor import Actor
from shared.kernel.errors import Refusal
from shared.kernel.ids import new_id
from shared.runtime import backbone
from shared.runtime.backbone import Backbone
from shared.runtime.local import records
from shared.runtime.settings import Settings
from shared.testing.scenario import person
from tests.bus.doubles import until
from tests.support.commands import Sent
from tests.support.mongod import private_mongod

pytestmark = pytest.mark.real
Commands = list[tuple[str, dict[str, Any]]]

_TABLES = (PROGRAMS, MATCHING, CONVERSATIONS, TRUST_SAFETY)
_KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
_ANSWERS = {"topics": ["lye"], "languages": ["en"], "timezone": "UTC", "capacity": 2}
_STEP = {"id": "one", "title": "t", "purpose": "p", "mentor_prompt": "m", "mentee_prompt": "n", "week": 1}
_PROGRAM = {"group_id": "soap", "template_id": "skill-development", "title": "Soap"}
_WRITES = {"insert", "update", "delete", "findAndModify"}
_READS = {"find", "aggregate", "distinct"}
_DURABLE = {"w": "majority", "j": True}


@pytest.fixture(scope="module")
def commands(amqp_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """All that was sent from the start of four services until a message had gone from one person to the other."""
    sent = Sent()
    key = tmp_path_factory.mktemp("cold") / "key"
    records.write_text(key, _KEY)
    _empty_the_queues(amqp_url)
    with pytest.MonkeyPatch.context() as patch, private_mongod() as mongod:
        patch.setattr(backbone, "connect", lambda url: connect(url, event_listeners=[sent]))
        services = {table.name: Backbone(table, _settings(table.name, amqp_url, mongod.url, key)) for table in _TABLES}
        try:
            for service in services.values():
                service.prepare()
                service.start()
                service.app.scout = None  # no calls are served here, so nobody can look ahead
            _use(services)
        finally:
            for service in services.values():
                service.stop()
                for loop in service._running:
                    if isinstance(loop, Worker):
                        loop.waker.close()
        yield list(sent.commands)
    _empty_the_queues(amqp_url)


def test_every_write_is_durable(commands: Commands) -> None:
    """Whatever is written by itself, to logs, views, keys, checkpoints or parking, asks for majority and journal."""
    writes = [(name, c) for name, c in commands if name in _WRITES and "autocommit" not in c]
    light = [f"{name} {c['$db']}.{c[name]}" for name, c in writes if not _durable(c)]

    assert light == []
    assert {_kind(c[name]) for name, c in writes} >= {"log", "meta", "keys", "checkpoints"}


def test_every_transaction_is_durable(commands: Commands) -> None:
    """Views and watermarks are written in transactions that read a snapshot and are committed durably."""
    inside = [(name, c) for name, c in commands if name in _WRITES and "autocommit" in c]
    begun = [c["readConcern"]["level"] for _, c in commands if c.get("startTransaction")]
    committed = [c for name, c in commands if name == "commitTransaction"]

    assert {_kind(c[name]) for name, c in inside} == {"view"}
    assert set(begun) == {"snapshot"}
    assert len(committed) > 5
    assert all(_durable(c) for c in committed)


def test_nothing_is_answered_that_may_be_lost(commands: Commands) -> None:
    """Commits, views, watermarks and parked events are read with majority concern, and only from the primary."""
    reads = [(name, c) for name, c in commands if name in _READS and "autocommit" not in c]
    loose = [
        f"{name} {c['$db']}.{c[name]} {c.get('projection')}"
        for name, c in reads
        if _kind(c[name]) in {"log", "view", "parked"}
        and c.get("readConcern", {}).get("level") != "majority"
        # Where the next position is, whether durable or not: it is written after, and answered to nobody.
        and c.get("projection") not in ({"_id": 1}, {"_id": 0, "command_id": 1})
    ]

    assert loose == []
    assert {_kind(c[name]) for name, c in reads} >= {"log", "view", "parked"}
    assert {c.get("$readPreference", {}).get("mode", "primary") for _, c in reads} == {"primary"}


def _use(services: dict[str, Backbone]) -> None:
    """A program, two people who sign up, a pair, a message."""

    def do(service: str, command: str, data: dict[str, Any], who: Actor) -> Done:
        id, done = new_id(), list[Done]()

        def tried() -> bool:
            try:
                done.append(services[service].app.execute(command, data, Context(who, id, id)))
            except Refusal:
                return False  # what it rests on has not come over the bus yet
            return True

        until(tried, 30)
        return done[0]

    ada, may, tom = person("ada", admin_of="soap"), person("may"), person("tom")
    made = do("programs", "create_program", {**_PROGRAM, "steps": [{**_STEP, "closing": True}]}, ada)
    program = {"program_id": made.answer["program_id"]}
    do("programs", "open_program", program, ada)
    for role, who in (("mentor", may), ("mentee", tom)):
        do("matching", "sign_up", {**program, "adult": True, "role": role, "answers": _ANSWERS}, who)
    pair = do("matching", "create_pair", {**program, "mentor_id": may.id, "mentee_id": tom.id}, ada).answer["pair_id"]
    for who in (may, tom):
        do("programs", "agree_commitment", {"pair_id": pair}, who)
    done = do("conversations", "send_message", {"pair_id": pair, "text": "hello"}, may)
    until(_heard(services["trust_safety"], "conversations", done.partition, done.position), 30)


def _heard(service: Backbone, source: str, partition: int, position: int) -> Callable[[], bool]:
    return lambda: bool(service.inbox.watermark(source, partition) >= position)


def _settings(service: str, amqp_url: str, mongo_url: str, key: Path) -> Settings:
    environment = {
        "AMQP_URL": amqp_url,
        "MONGO_URL": mongo_url,
        "KEY_ENCRYPTION_KEY_FILE": str(key),
        "SMTP_URL": "smtp://127.0.0.1:25",
        "PUBLIC_URL": "https://example.org",
    }
    return Settings.from_environment(service, environment)


def _empty_the_queues(amqp_url: str) -> None:
    """They are those of all tests."""
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        for queue in topology.queues(2):
            connection.channel().queue_purge(queue.name)


def _durable(command: dict[str, Any]) -> bool:
    return bool(_DURABLE.items() <= command.get("writeConcern", {}).items())


def _kind(collection: str) -> str:
    """`log_0` and `view1_pairs` are a log and a view."""
    return collection.rstrip("0123456789").partition("_")[0].rstrip("0123456789")
