"""A few people in two logs, with what they wrote sealed, and a small service that has views of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.application.table import Table
from shared.contracts.catalogue import EVENTS, VALIDATORS
from shared.eventlog.mongo import MongoEventLog
from shared.kernel.clock import SystemClock
from shared.kernel.events import Event, NewCommit, StoredEvent
from shared.kernel.ids import derive, new_id
from shared.kernel.pairs import pair_id
from shared.privacy.keys import MemoryKeys
from shared.privacy.sealing import Sealer, reference
from shared.views.changes import Change, amend, put, remove
from shared.views.inbox import Inbox
from shared.views.store import ViewStore

PRIVATE_WORD = "zebrafinch-private"
DAY = "2026-03-01"
NEXT_DAY = "2026-03-02"


def sign_up(number: int) -> tuple[str, dict[str, Any]]:
    """What a member's sign-up looks like; its answers hold the private word."""
    return "matching.SignedUp", {
        "program_id": "program-1",
        "group_id": "soap",
        "signup_id": f"signup-{number}",
        "person_id": f"person-{number}",
        "role": "mentor" if number % 2 else "mentee",
        "capacity": 3,
        "adult": True,
        "expires_at": f"{DAY}T09:17:33.123Z",
        "name": PRIVATE_WORD,
        "answers": {"about": PRIVATE_WORD},
    }


def message(number: int) -> tuple[str, dict[str, Any]]:
    """A message from person 1 to person 2; its text is the private word."""
    pair = pair_id("program-1", "person-1", "person-2", 1)
    who = {"program_id": "program-1", "group_id": "soap", "mentor_id": "person-1", "mentee_id": "person-2"}
    mine = {"message_id": f"message-{number}", "sender_id": "person-1", "commitment": "digest-of-it"}
    return "conversations.MessageSent", {"pair_id": pair, **who, **mine, "text": PRIVATE_WORD}


def person_joined(event: Event) -> list[Change]:
    return [put("people", event.data["person_id"], role=event.data["role"], name=reference(event, "name"))]


def message_counted(event: Event) -> list[Change]:
    sender, at = event.data["sender_id"], event.recorded_at
    text = reference(event, "text")
    return [
        amend("people", sender, inc={"sent": 1}, push={"last": event.data["message_id"]}),
        put("messages", event.data["message_id"], sender=sender, at=at, text=text, nested={"b": 1, "a": [1, 2]}),
    ]


def message_gone(event: Event) -> list[Change]:
    return [remove("messages", event.data["message_id"])]


TABLE = Table(
    name="conversations",
    commands={},
    queries={},
    views={
        "matching.SignedUp": person_joined,
        "conversations.MessageSent": message_counted,
        "conversations.MessageDeleted": message_gone,
    },
    indexes=(("messages", ("sender", "-at")),),
)
"""Views over its own log and one other, with counters, lists, sealed references and documents that go."""


class Story:
    def __init__(self, logs: Mapping[str, MongoEventLog]) -> None:
        self.logs = logs
        self.sealer = Sealer(MemoryKeys())
        self._seqs: dict[str, int] = {}
        self._told = 0

    def tell(self, stream: str, *events: tuple[str, dict[str, Any]], day: str = DAY, by: str = "person-1") -> None:
        """Append one commit, validated and sealed as a service does it."""
        service = events[0][0].partition(".")[0]
        command_id = new_id()
        seq = self._seqs.get(stream, 0)
        stored = [self._stored(command_id, index, *event) for index, event in enumerate(events)]
        self._told += 1
        at = f"{day}T10:{self._told // 60:02}:{self._told % 60:02}.000Z"
        commit = NewCommit(stream, seq, tuple(stored), command_id, command_id, None, by, at)
        self.logs[service].append(commit)
        self._seqs[stream] = seq + 1

    def tell_it_all(self, people: int = 6, messages: int = 9) -> None:
        for number in range(1, people + 1):
            self.tell(f"roster-{number}", sign_up(number), by=f"person-{number}")
        for number in range(messages):
            self.tell(f"couple-{number % 3}", message(number), day=DAY if number < messages // 2 else NEXT_DAY)
        pair, gone = message(0)[1]["pair_id"], {"message_id": "message-0", "sender_id": "person-1"}
        deleted = {k: v for k, v in message(0)[1].items() if k not in {"text", "commitment"}} | gone | {"pair_id": pair}
        self.tell("couple-0", ("conversations.MessageDeleted", deleted), message(99), day=NEXT_DAY)

    def _stored(self, command_id: str, index: int, name: str, data: dict[str, Any]) -> StoredEvent:
        assert not VALIDATORS[name].validate(data), VALIDATORS[name].validate(data)
        event_id = derive(command_id, index)
        sealed = self.sealer.seal_event(name, event_id, data)
        return StoredEvent(event_id, name.partition(".")[2], EVENTS[name].version, sealed)


def go_live(client: Any, story: Story, react: Any = lambda _: None, table: Table = TABLE) -> ViewStore:
    """Apply what the logs have to the live views, as the running service does it: in small batches, sources in turn."""
    store = ViewStore(client, table.name)
    inbox = Inbox(store, table.views, react, SystemClock())
    places = [(log, partition) for log in story.logs.values() for partition in range(log.partitions)]
    while left := [(log, p) for log, p in places if inbox.watermark(log.service, p) < log.head(p)]:
        for log, partition in left:
            commits = log.feed(partition, inbox.watermark(log.service, partition), 2)
            inbox.apply(log.service, partition, [event for commit in commits for event in commit.events])
    return store
