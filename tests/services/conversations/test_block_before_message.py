"""BL-01: after the commit of a block, nothing of either side is in the stream of the two, whatever raced with it."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.conversations.service import TABLE
from shared.application.application import Application, Context
from shared.eventlog import EventLog
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.kernel.errors import Refusal
from shared.kernel.ids import couple, new_id
from shared.kernel.pairs import pair_id
from shared.privacy.keys import MemoryKeys
from shared.privacy.sealing import Sealer
from shared.testing.clock import FixedClock
from shared.testing.memory_views import MemoryViews
from shared.testing.scenario import person

SEEDS = 2_000


@pytest.fixture(params=["memory", "mongo"])
def log(request: pytest.FixtureRequest) -> Any:
    """The log in both adapters; the database is thrown away."""
    if request.param == "memory":
        yield MemoryEventLog("conversations", 1)
        return
    client = connect(request.getfixturevalue("mongo_url"))
    client.drop_database(log_database("conversations"))
    found = MongoEventLog(client, "conversations", 1)
    yield found
    found.close()
    client.drop_database(log_database("conversations"))
    client.close()


def test_2000_interleavings_leave_nothing_after_the_block(log: EventLog) -> None:
    """BL-01: three workers, whose states the others make stale, act in a seeded order on one pair."""
    keys = Sealer(MemoryKeys())
    workers = [Application(TABLE, log, keys, MemoryViews(), FixedClock()) for _ in range(3)]

    with ThreadPoolExecutor(32) as pool:
        outcomes = list(pool.map(lambda seed: _play(seed, workers, log), range(SEEDS)))

    assert sum(refused for _, refused in outcomes) > SEEDS / 2, "the races must be real: many acts come too late"
    for seed, (after_the_block, _) in enumerate(outcomes):
        assert after_the_block == [], seed


def _play(seed: int, workers: list[Application], log: EventLog) -> tuple[list[str], int]:
    """The event types after the block in the couple's stream, and how many acts were refused."""
    chance = random.Random(seed)
    may, tom = person(f"may-{seed}"), person(f"tom-{seed}")
    pair = pair_id("p", may.id, tom.id, 1)
    told = {"pair_id": pair, "program_id": "p", "group_id": "soap", "mentor_id": may.id, "mentee_id": tom.id}
    workers[0].follow("open_conversation", told, command_id=new_id())
    workers[0].follow("confirm_commitment", told, command_id=new_id())
    text = {"pair_id": pair, "text": "x"}
    message, other = (workers[0].execute("send_message", text, _context(may)).answer["message_id"] for _ in "ab")
    post = workers[0].execute("share_post", {**text, "step_id": "one"}, _context(tom)).answer["post_id"]
    acts: list[tuple[str, dict[str, Any], Any]] = [
        ("send_message", {"pair_id": pair, "text": "x"}, may),
        ("send_message", {"pair_id": pair, "text": "x"}, tom),
        ("edit_message", {"pair_id": pair, "message_id": message, "text": "y"}, may),
        ("react", {"pair_id": pair, "message_id": message, "reaction": "like"}, tom),
        ("mark_read", {"pair_id": pair, "up_to": message}, tom),
        ("delete_message", {"pair_id": pair, "message_id": other}, may),
        ("share_post", {"pair_id": pair, "step_id": "one", "text": "x"}, may),
        ("add_comment", {"pair_id": pair, "post_id": post, "text": "x"}, may),
        ("block_person", {"person_id": may.id}, tom),
    ]
    chance.shuffle(acts)
    refused = 0
    for name, data, actor in acts:
        try:
            chance.choice(workers).execute(name, data, _context(actor))
        except Refusal as refusal:
            assert refusal.slug == "pair-ended"
            refused += 1
    stream = f"couple-{couple(may.id, tom.id)}"
    types = [event.type for commit in log.read_stream(stream) for event in commit.events]
    end = types.index("BlockRequested")
    return [kind for kind in types[end:] if kind not in {"BlockRequested", "ConversationClosed"}], refused


def _context(actor: Any) -> Context:
    return Context(actor, new_id(), new_id())
