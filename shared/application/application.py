"""A service without its transport: commands in, events appended; questions in, answers out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from shared.application.repository import Entry, Repository
from shared.application.table import Asked, Handler, Reads, Table, Then
from shared.application.versions import NewerRelease
from shared.bus.port import Transient
from shared.contracts.base import load
from shared.contracts.catalogue import EVENTS, VALIDATORS
from shared.eventlog import EventLog, LogUnavailable, StreamConflict
from shared.kernel.actor import SYSTEM, Actor
from shared.kernel.clock import Clock, to_text
from shared.kernel.errors import Forgotten, KeyReused, NotFound, Refusal, Stale, Unavailable
from shared.kernel.events import Commit, Data, Event, NewCommit, NewEvent, Occasion, StoredEvent
from shared.kernel.ids import derive
from shared.privacy.sealing import KeyDestroyed, Sealer
from shared.watch import tracing
from shared.watch.correlation import about
from shared.watch.counts import watched

_log = structlog.get_logger(__name__)

_ATTEMPTS = 20
_READ_YOUR_WRITES_WITHIN = 5.0
"""Seconds that a reader waits at most for a view to reach the position it names."""
_MAY_WAIT = 20
"""So many readers wait at a time; further ones look once. Fewer than workers, so that some are always free."""
_STREAM_WITHIN = 5.0
"""Seconds that a command waits at most for others of its stream: while the log is away they take their time."""
_OUTCOME_UNKNOWN = (
    "It is not known whether this was done. Repeat it with the same Idempotency-Key to find out, or look first."
)


@dataclass(frozen=True, slots=True)
class Context:
    """What came with a command or question beside its data."""

    actor: Actor
    command_id: str
    correlation_id: str
    causation_id: str | None = None
    fingerprint: str | None = None
    if_match: int | None = None
    at: Mapping[tuple[str, int], int] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A command's outcome: `position` names the commit for read-your-writes, `etag` the version of its stream, where

    the handler lets it be told.
    """

    answer: Data
    partition: int
    position: int
    etag: int | None


class OwnReads:
    """The views of the service, and its sealed fields opened."""

    def __init__(self, views: Any, sealer: Sealer) -> None:
        self.get = views.get
        self.get_many = views.get_many
        self.find = views.find
        self.count = views.count
        self.page = views.page
        self.open = sealer.open


class Application:
    """One service: its table, its log, its keys, its views, its clock."""

    def __init__(self, table: Table, log: EventLog, sealer: Sealer, views: Any, clock: Clock) -> None:
        self.table = table
        self.log = log
        self.sealer = sealer
        self.clock = clock
        self.views = views
        self.reads: Reads = OwnReads(views, sealer)
        self.lease: Callable[..., Any] | None = None
        """Makes a lease by its name, for workers of which one at a time may act; the runtime sets it."""
        self.scout: Callable[[], bool] | None = None
        """Looks ahead, where the table names something to look for; the runtime sets it."""
        self._repository = Repository(log)
        self._may_wait = threading.BoundedSemaphore(_MAY_WAIT)

    def execute(self, name: str, data: Any, context: Context) -> Done:
        """Do a command that a person asked for. Raises a Refusal."""
        handler = self.table.commands.get(name)
        if handler is None or handler.allow is None:
            raise NotFound
        if context.at:
            self._wait_for(context.at)
        if handler.looks_ahead:
            self.look_ahead()
        return self._do(name, handler, load(handler.schema, data), context)

    def follow(self, name: str, data: Data, *, command_id: str, cause: Event | None = None) -> Done:
        """Do a command that the service gives itself: a reaction or a timer. Raises a Refusal."""
        correlation = cause.correlation_id if cause else command_id
        context = Context(SYSTEM, command_id, correlation, cause.id if cause else None)
        handler = self.table.commands[name]
        span = f"follow {watched(self.table.name, name)}"
        with about(correlation), tracing.step(span) if cause else tracing.request(span, correlation):
            return self._do(name, handler, load(handler.schema, data), context)

    def react(self, event: Event) -> None:
        """Run the reactions to an event; doing it again changes nothing. Raises Transient where something is away."""
        reaction = self.table.reactions.get(event.name)
        if reaction is None:
            return
        try:
            for then in reaction(event, self.reads):
                command_id = derive(event.id, self.table.name, then.command, then.label)
                self._follow_unless_forgotten(then, command_id, event)
        except Unavailable as error:
            raise Transient(error.slug) from error

    def _follow_unless_forgotten(self, then: Then, command_id: str, cause: Event) -> None:
        try:
            self.follow(then.command, then.data, command_id=command_id, cause=cause)
        except Forgotten:
            _log.info("reaction left out", command=then.command, slug=Forgotten.slug)

    def look_ahead(self) -> bool:
        """React to what the table has `ahead`. False where that was known. Raises Unavailable where it cannot be."""
        try:
            return self.scout is not None and self.scout()
        except Transient as error:
            raise Unavailable from error

    def ask(self, name: str, params: Any, context: Context) -> Data:
        """Answer a question. Raises a Refusal."""
        query = self.table.queries.get(name)
        if query is None:
            raise NotFound
        loaded = load(query.schema, params)
        if context.at:
            self._wait_for(context.at)
        return query.run(Asked(loaded, context.actor, self.reads, self.clock.now()))

    def _wait_for(self, at: Mapping[tuple[str, int], int]) -> None:
        may_wait = self._may_wait.acquire(blocking=False)
        try:
            self.views.wait_for(at, _READ_YOUR_WRITES_WITHIN if may_wait else 0.0)
        except Transient as error:
            raise Unavailable from error
        finally:
            if may_wait:
                self._may_wait.release()

    def _do(self, name: str, handler: Handler, data: Data, context: Context) -> Done:
        data = {**data, "actor_id": context.actor.id}
        if handler.creates:
            data[handler.creates] = derive(context.command_id, handler.creates)
        if handler.named_with:
            data["secret"] = self.sealer.secret(handler.named_with)
        stream = handler.stream(data)
        entry = self._repository.entry(stream, handler.aggregate)
        if not entry.lock.acquire(timeout=_STREAM_WITHIN):
            raise Unavailable
        try:
            return self._decide_and_append(name, handler, stream, entry, data, context)
        except (LogUnavailable, NewerRelease) as error:
            raise Unavailable from error
        finally:
            entry.lock.release()

    def _decide_and_append(
        self, name: str, handler: Handler, stream: str, entry: Entry, data: Data, context: Context
    ) -> Done:
        if not entry.fresh:
            self._repository.catch_up(stream, entry)
        for _ in range(_ATTEMPTS):
            try:
                events = self._decide(handler, entry, data, context)
                commit = self._commit(stream, entry.seq, events, context)
            except Refusal:
                earlier = self._earlier(stream, context)
                if earlier:
                    return _done(handler, earlier, entry, data)
                if self._repository.catch_up(stream, entry):
                    continue
                raise
            if not events:
                earlier = self._earlier(stream, context)
                if earlier:
                    return _done(handler, earlier, entry, data)
                if self._repository.catch_up(stream, entry):
                    continue
                return Done({}, self.log.partition_of(stream), 0, _version(handler, entry, data))
            try:
                stored = self.log.append(commit)
            except StreamConflict:
                self._repository.catch_up(stream, entry)
                continue
            except LogUnavailable as error:
                raise Unavailable(_OUTCOME_UNKNOWN) from error
            _refuse_other_payload(stored, context)
            entry.evolve(stored)
            return _done(handler, stored, entry, data)
        _log.warning("command gave up", command=name, attempts=_ATTEMPTS)
        raise Unavailable

    def _decide(self, handler: Handler, entry: Entry, data: Data, context: Context) -> list[NewEvent]:
        if handler.allow is not None and context.actor is not SYSTEM:
            handler.allow(context.actor, entry.state, data)
        facts = handler.facts(self.reads, entry.state, data)
        if context.if_match is not None and _version(handler, entry, data) not in (None, context.if_match):
            raise Stale
        occasion = Occasion(self.clock.now(), context.command_id, context.actor, facts)
        return handler.decide(entry.state, data, occasion)

    def _earlier(self, stream: str, context: Context) -> Commit | None:
        """The commit of an earlier try of this command. Raises KeyReused where it had another payload."""
        found = self.log.find_command(stream, context.command_id)
        if found is not None:
            _refuse_other_payload(found, context)
        return found

    def _commit(self, stream: str, seq: int, events: list[NewEvent], context: Context) -> NewCommit:
        return NewCommit(
            stream,
            seq,
            tuple(self._stored(event, index, context) for index, event in enumerate(events)),
            context.command_id,
            context.correlation_id,
            context.causation_id,
            context.actor.id,
            to_text(self.clock.now()),
            context.fingerprint,
        )

    def _stored(self, event: NewEvent, index: int, context: Context) -> StoredEvent:
        name = f"{self.table.name}.{event.type}"
        problems = VALIDATORS[name].validate(event.data)
        if problems:
            raise ValueError(f"{name} does not keep its schema in {sorted(problems)}")
        event_id = derive(context.command_id, index)
        try:
            data = self.sealer.seal_event(name, event_id, event.data)
        except KeyDestroyed:
            raise Forgotten from None
        return StoredEvent(event_id, event.type, EVENTS[name].version, data)


def _refuse_other_payload(commit: Commit, context: Context) -> None:
    if context.fingerprint != commit.fingerprint:
        raise KeyReused


def _version(handler: Handler, entry: Entry, data: Data) -> int | None:
    if not handler.versioned:
        return None
    return handler.version(entry.state, data) if handler.version else entry.seq


def _done(handler: Handler, commit: Commit, entry: Entry, data: Data) -> Done:
    """The version of a part of a stream is known only while the state is that of the commit."""
    version = commit.seq if handler.versioned else None
    if handler.version:
        version = _version(handler, entry, data) if entry.seq == commit.seq else None
    return Done(handler.answer(commit.events), commit.partition, commit.position, version)
