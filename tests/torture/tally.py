"""A small service with no memory of its own: only command ids keep it from counting or ringing twice.

The real services are idempotent once more in their domain, which would hide a fault of the backbone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from shared.application.table import Handler, Reads, Table, Then
from shared.contracts.base import EventSchema, Strict, ident, moment
from shared.contracts.catalogue import EVENTS, SEALED, VALIDATORS
from shared.kernel.clock import to_text
from shared.kernel.events import Aggregate, Data, Event, NewEvent, Occasion
from shared.views.changes import Change, amend, put, remove

RINGS_AFTER = timedelta(seconds=5)


class Counted(EventSchema):
    """A message was counted; a bell rings for it soon."""

    pair_id = ident()
    message_id = ident()
    rings_at = moment()


class Rang(EventSchema):
    """The bell rang."""

    pair_id = ident()
    message_id = ident()


class OfMessage(Strict):
    pair_id = ident()
    message_id = ident()


def _count(_state: None, command: Data, occasion: Occasion) -> list[NewEvent]:
    return [NewEvent("Counted", {**_told(command), "rings_at": to_text(occasion.now + RINGS_AFTER)})]


def _ring(_state: None, command: Data, _occasion: Occasion) -> list[NewEvent]:
    return [NewEvent("Rang", _told(command))]


def _told(data: Data) -> Data:
    return {name: data[name] for name in ("pair_id", "message_id")}


def counted(event: Event) -> Sequence[Change]:
    data = _told(event.data)
    return [
        amend("counts", data["pair_id"], inc={"count": 1}, push={"messages": data["message_id"]}),
        put("due", data["message_id"], at=event.data["rings_at"], command="ring", data=data),
    ]


def rang(event: Event) -> Sequence[Change]:
    return [amend("counts", event.data["pair_id"], inc={"rang": 1}), remove("due", event.data["message_id"])]


def count_it(event: Event, _reads: Reads) -> Sequence[Then]:
    return [Then("count", _told(event.data))]


_COUNT: Aggregate[None] = Aggregate("count", lambda: None, lambda state, _event: state)


def _handler(decide: object) -> Handler:
    return Handler(OfMessage(), _COUNT, lambda command: f"count-{command['pair_id']}", decide)  # type: ignore[arg-type]


TABLE = Table(
    name="tally",
    commands={"count": _handler(_count), "ring": _handler(_ring)},
    queries={},
    views={"tally.Counted": counted, "tally.Rang": rang},
    reactions={"conversations.MessageSent": count_it},
    due_view="due",
)


@contextmanager
def published() -> Iterator[None]:
    """Its events are in the catalogue for as long as this lasts."""
    schemas: dict[str, type[EventSchema]] = {"tally.Counted": Counted, "tally.Rang": Rang}
    try:
        for name, schema in schemas.items():
            EVENTS[name], VALIDATORS[name], SEALED[name] = schema, schema(), ()
        yield
    finally:
        for name in schemas:
            del EVENTS[name], VALIDATORS[name], SEALED[name]
