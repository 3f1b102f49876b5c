"""Events, commits and the occasion on which a command is decided: the shapes that every service shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from shared.kernel.actor import SYSTEM, Actor
from shared.kernel.ids import derive

Data: TypeAlias = dict[str, Any]
State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that a decision says has happened; not yet in any log."""

    type: str
    data: Data


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as a commit holds it: sealed where it must be, with the schema version it was written in."""

    id: str
    type: str
    version: int
    data: Data


@dataclass(frozen=True, slots=True)
class NewCommit:
    """What one command appends to one stream, whole or not at all.

    `expected_seq` is the `seq` of the last commit the writer has seen in the stream, 0 for a new stream.
    `command_id` makes the append idempotent. `fingerprint` tells one payload from another under the same key.
    """

    stream: str
    expected_seq: int
    events: tuple[StoredEvent, ...]
    command_id: str
    correlation_id: str
    causation_id: str | None
    actor: str
    recorded_at: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event in the log, with everything its envelope says.

    `position` is that of its commit, dense within (`service`, `partition`); `index` is its place among the `of`
    events of the commit; `seq` is the ordinal of the commit in its `stream`.
    """

    id: str
    type: str
    version: int
    data: Data
    service: str
    partition: int
    position: int
    index: int
    of: int
    stream: str
    seq: int
    recorded_at: str
    actor: str
    correlation_id: str
    causation_id: str | None

    @property
    def name(self) -> str:
        """`service.Type`, as in routing keys and dispatch tables."""
        return f"{self.service}.{self.type}"

    def envelope(self) -> Data:
        """The JSON body that travels over the bus: the published language."""
        return {
            "id": self.id,
            "type": self.type,
            "schema_version": self.version,
            "service": self.service,
            "partition": self.partition,
            "position": self.position,
            "index": self.index,
            "of": self.of,
            "stream": self.stream,
            "stream_seq": self.seq,
            "recorded_at": self.recorded_at,
            "actor": self.actor,
            "correlation_id": self.correlation_id,
            "causation_id": self.causation_id,
            "data": self.data,
        }

    @classmethod
    def from_envelope(cls, body: Mapping[str, Any]) -> Event:
        """The event that `envelope` wrote. Raises KeyError where a member is missing."""
        return cls(
            body["id"],
            body["type"],
            body["schema_version"],
            body["data"],
            body["service"],
            body["partition"],
            body["position"],
            body["index"],
            body["of"],
            body["stream"],
            body["stream_seq"],
            body["recorded_at"],
            body["actor"],
            body["correlation_id"],
            body["causation_id"],
        )


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit in the log of one service."""

    service: str
    partition: int
    position: int
    stream: str
    seq: int
    events: tuple[Event, ...]
    command_id: str
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class Occasion:
    """All that a decision may know beside the state and the command: nothing is fetched from inside the domain.

    `facts` are looked up by the handler beforehand (for example the couples that are blocked).
    """

    now: datetime
    command_id: str
    actor: Actor = SYSTEM
    facts: Mapping[str, Any] = field(default_factory=dict)

    def id(self, label: str) -> str:
        """An id for something this command makes: the same each time the command is decided."""
        return derive(self.command_id, label)


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[State]):
    """How the state of one kind of stream follows from its events.

    `evolve` gives the next state and may reuse the one it was given.
    """

    name: str
    initial: Callable[[], State]
    evolve: Callable[[State, Event], State]
