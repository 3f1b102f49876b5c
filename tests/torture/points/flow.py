"""Two small services: one says words, the other hears them over the bus, counts them, and notes each in its log.

Neither has a memory of its own, so nothing but the backbone keeps an effect from happening twice or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pika

from shared.application.table import Handler, Table, Then
from shared.bus import topology
from shared.contracts.base import EventSchema, Strict, ident
from shared.contracts.catalogue import EVENTS, SEALED, VALIDATORS
from shared.kernel.events import Aggregate, Data, Event, NewEvent, Occasion
from shared.views.changes import Change, amend

EFFECTS = "effects"
"""Per source and stream, [position, index, id] of each event as it took effect."""
CHAINS = "chains"
"""Per source, the ids of all its events as they took effect."""

POISON = "poison"
"""The word that no view can take."""


class Said(EventSchema):
    """A word was said in a talk; the other events of its commit say it too."""

    talk = ident()
    word = ident()


class Noted(EventSchema):
    """A word was heard."""

    talk = ident()
    word = ident()


class Word(Strict):
    talk = ident()
    word = ident()


def _say(_state: None, command: Data, _occasion: Occasion) -> list[NewEvent]:
    return [NewEvent("Said", _told(command)), NewEvent("Said", _told(command))]


def _note(_state: None, command: Data, _occasion: Occasion) -> list[NewEvent]:
    return [NewEvent("Noted", _told(command))]


def _told(data: Data) -> Data:
    return {name: data[name] for name in ("talk", "word")}


def _applied(event: Event) -> Sequence[Change]:
    if event.data["word"] == POISON:
        raise ValueError(POISON)
    return [
        amend("words", event.data["talk"], inc={event.type: 1}),
        amend(EFFECTS, f"{event.service}/{event.stream}", push={"seen": [event.position, event.index, event.id]}),
        amend(CHAINS, event.service, push={"ids": event.id}),
    ]


_TALK: Aggregate[None] = Aggregate("talk", lambda: None, lambda state, _event: state)


def speaker(name: str) -> Table:
    """Does `say`, in the stream of the talk."""
    say = Handler(Word(), _TALK, lambda data: f"talk-{data['talk']}", _say, allow=lambda *_: None)
    return Table(name=name, commands={"say": say}, queries={}, views={})


def hearer(name: str, source: str) -> Table:
    """Counts what `source` says, and notes it by a command to itself."""
    note = Handler(Word(), _TALK, lambda data: f"notes-{data['talk']}", _note)
    views = {f"{source}.Said": _applied, f"{name}.Noted": _applied}
    reactions = {f"{source}.Said": lambda event, _reads: [Then("note", _told(event.data))]}
    return Table(name=name, commands={"note": note}, queries={}, views=views, reactions=reactions)


@contextmanager
def published(source: str, hearer: str) -> Iterator[None]:
    """Their events are in the catalogue of this process for as long as this lasts."""
    schemas: dict[str, type[EventSchema]] = {f"{source}.Said": Said, f"{hearer}.Noted": Noted}
    try:
        for name, schema in schemas.items():
            EVENTS[name], VALIDATORS[name], SEALED[name] = schema, schema(), ()
        yield
    finally:
        for name in schemas:
            del EVENTS[name], VALIDATORS[name], SEALED[name]


@contextmanager
def laid(amqp_url: str, source: str, hearer: str, **instead: Any) -> Iterator[Callable[[], int]]:
    """The queue that the hearer reads, as the product lays down its own; `instead`: other arguments, or none for "".

    Gives how many messages wait in it, and takes it away in the end.
    """
    name, like = topology.event_queue(hearer, 0), topology.event_queue("programs", 0)
    [model] = [queue for queue in topology.queues(1) if queue.name == like]
    wanted = {**model.arguments, **instead}
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        channel.queue_declare(name, durable=True, arguments={key: value for key, value in wanted.items() if value})
        channel.queue_bind(name, model.bindings[0][0], f"{source}.*.0")
    try:
        yield lambda: _waiting(amqp_url, name)
    finally:
        with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
            connection.channel().queue_delete(name)


def _waiting(amqp_url: str, queue: str) -> int:
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        return int(connection.channel().queue_declare(queue, passive=True).method.message_count)
