"""What a service is made of, as data: its `service.py` fills these tables and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from marshmallow import Schema

from shared.kernel.actor import Actor
from shared.kernel.events import Aggregate, Data, Event, NewEvent, Occasion
from shared.views.changes import Views

Decide = Callable[[Any, Data, Occasion], list[NewEvent]]
"""`(state, command, occasion)` to what happened. Raises a Refusal; an empty list means that nothing had to happen."""

Allow = Callable[[Actor, Any, Data], None]
"""Policy: raises a Refusal where this actor may not do this to this state."""


class Reads(Protocol):
    """What a handler or query may look at: views and the service's own sealed fields."""

    def get(self, view: str, id: str) -> Data | None: ...

    def get_many(self, view: str, ids: Iterable[str]) -> dict[str, Data]: ...

    def find(
        self, view: str, where: Mapping[str, Any], *, order: str = "_id", limit: int = 1000, after: Any = None
    ) -> list[Data]: ...

    def count(self, view: str, where: Mapping[str, Any]) -> int: ...

    def page(self, view: str, where: Mapping[str, Any], *, order: str, cursor: Any, limit: int) -> Data: ...

    def open(self, reference: Data | None) -> Any: ...


def no_facts(_reads: Reads, _state: Any, _command: Data) -> Data:
    return {}


def ids_of(events: Sequence[Event]) -> Data:
    """The usual answer: every id that the first event names as made or meant."""
    if not events:
        return {}
    return {name: value for name, value in events[0].data.items() if name.endswith("_id") and value is not None}


@dataclass(frozen=True, slots=True)
class Handler:
    """How one command is done. To the validated command the application adds `actor_id`, who asks for it.

    `stream` names the stream it is decided in. `allow` is its policy; None where only the service itself, a reaction
    or a timer may ask for it. `facts` looks up what the decision must know beside the state. `answer` is made from the
    committed events alone, so that a repeated command answers the same. `creates` names a field that is added to the
    command with an id derived from the command's own: the id of what it makes, where that names the stream.
    `named_with` names a key of the service's own: the command is given it as `secret`, for ids that must say nothing.
    `versioned`: the version of the stream is told, and `If-Match` is heeded. Only where the policy lets nobody through
    who may not know it: the version of a couple, a case or an inbox says that something happened there.
    `version` is given where a stream holds several things: that of the one which the command is about.
    `looks_ahead`: what the table has `ahead` is known before it is decided.
    """

    schema: Schema
    aggregate: Aggregate[Any]
    stream: Callable[[Data], str]
    decide: Decide
    allow: Allow | None = None
    facts: Callable[[Reads, Any, Data], Data] = no_facts
    answer: Callable[[Sequence[Event]], Data] = ids_of
    creates: str | None = None
    named_with: str | None = None
    versioned: bool = False
    version: Callable[[Any, Data], int | None] | None = None
    looks_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A query on its way: `params` are validated, `actor` is verified."""

    params: Data
    actor: Actor
    reads: Reads
    now: datetime


@dataclass(frozen=True, slots=True)
class Query:
    """How one question is answered. `run` applies the policy itself and raises a Refusal."""

    schema: Schema
    run: Callable[[Asked], Data]


@dataclass(frozen=True, slots=True)
class Then:
    """A command that follows from an event. `label` tells apart several of the same name from one event."""

    command: str
    data: Data
    label: str = ""


Reaction = Callable[[Event, Reads], Sequence[Then]]
"""What follows from an event."""


@dataclass(frozen=True, slots=True)
class Table:
    """A service."""

    name: str
    commands: Mapping[str, Handler]
    queries: Mapping[str, Query]
    views: Views
    reactions: Mapping[str, Reaction] = field(default_factory=dict)
    indexes: Sequence[tuple[str, Sequence[str]]] = ()
    due_view: str | None = None
    """The view of stored due times, where the service has timers: `{at, command, data}`. A command that fires must move
    or remove its own document through the event it makes."""
    ahead: Collection[str] = ()
    """Events, as `service.Type`, whose reactions come before their turn where the service is behind: they forbid what
    would follow from those that are `held_back` until then, and commands that look ahead (see `shared.bus.scout`)."""
    held_back: Collection[str] = ()
    waits: Mapping[str, tuple[str, Mapping[str, Any], str]] = field(default_factory=dict)
    """What operators see the age of (`due_view` beside it): by a word, a view, a filter on it, and the field with the
    moment since when a document waits."""
    workers: Sequence[Callable[[Any], Any]] = ()
    """Background work of the service's own (for example sending mail): each is called with the Application."""
