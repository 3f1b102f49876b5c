"""Events as AMQP messages, and back. What does not pass here is no event and goes no further.

An event is a message by itself for whoever listens, and one of several in a batch for the queues of services.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import orjson

from shared.kernel.events import Event

Encoded: TypeAlias = tuple[bytes, dict[str, Any], str]
"""Body, AMQP properties and routing key."""

MAX_BYTES = 256 * 1024
CONTENT_TYPE = "application/json"
_PERSISTENT = 2
_LARGEST = 2**53

_TYPES: dict[str, type | tuple[type, ...]] = {
    "id": str,
    "type": str,
    "schema_version": int,
    "service": str,
    "partition": int,
    "position": int,
    "index": int,
    "of": int,
    "stream": str,
    "stream_seq": int,
    "recorded_at": str,
    "actor": str,
    "correlation_id": str,
    "causation_id": (str, type(None)),
    "data": dict,
}


class BadMessage(Exception):
    """Not an event of ours. `why` is a fixed sentence: it never holds what the message said."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def routing_key(event: Event) -> str:
    return f"{event.service}.{event.type}.{event.partition}"


def encode(event: Event) -> Encoded:
    """An event as a message of its own.

    Size is not looked at: what is in the log must pass the relay. A consumer that parks it reads it from the feed.
    """
    body = orjson.dumps(event.envelope())
    properties = {
        "content_type": CONTENT_TYPE,
        "delivery_mode": _PERSISTENT,
        "message_id": event.id,
        "type": event.name,
        "user_id": event.service,
    }
    return body, properties, routing_key(event)


def batch_key(event: Event) -> str:
    return f"{event.service}.batch.{event.partition}"


def encode_batch(one: Event, bodies: Sequence[bytes]) -> Encoded:
    """Events of one partition as one message: the bodies that `encode` made of them. `one` is any of them."""
    properties = {
        "content_type": CONTENT_TYPE,
        "delivery_mode": _PERSISTENT,
        "type": f"{one.service}.batch",
        "user_id": one.service,
    }
    return b"[" + b",".join(bodies) + b"]", properties, batch_key(one)


def decode(
    body: bytes, properties: Mapping[str, Any], *, key: str | None = None, account: str | None = None
) -> list[Event]:
    """The events of a message that came with routing key `key`: one or a batch, all of one partition.

    The broker vouches for `user_id`. It must be the events' service, or `account` where all services share one
    account on a broker that is not ours. Raises BadMessage.
    """
    found = _load(body)
    batch = isinstance(found, list)
    events = [_event(envelope) for envelope in (found if batch else [found])]
    sender = properties.get("user_id")
    if sender is None or any(sender not in (event.service, account) for event in events):
        raise BadMessage("sender is not the service of the event")
    if not batch and (properties.get("type") != events[0].name or properties.get("message_id") != events[0].id):
        raise BadMessage("properties and envelope disagree")
    keys = {batch_key(event) if batch else routing_key(event) for event in events}
    if len(keys) != 1 or key not in (None, *keys):
        raise BadMessage("routing key and envelope disagree")
    return events


def _load(body: bytes) -> Any:
    if len(body) > MAX_BYTES:
        raise BadMessage("larger than 256 KiB")
    try:
        return orjson.loads(body)
    except ValueError:
        raise BadMessage("not JSON") from None


def _event(envelope: Any) -> Event:
    if not isinstance(envelope, dict):
        raise BadMessage("not an object")
    for member, kind in _TYPES.items():
        value = envelope.get(member)
        if member not in envelope or not isinstance(value, kind) or isinstance(value, bool):
            raise BadMessage(f"member {member} is missing or of the wrong type")
    if not _numbers_fit(envelope):
        raise BadMessage("numbers out of range")
    return Event.from_envelope(envelope)


def _numbers_fit(envelope: Mapping[str, int]) -> bool:
    counts = all(1 <= envelope[member] <= _LARGEST for member in ("schema_version", "position", "stream_seq", "of"))
    return counts and 0 <= envelope["partition"] <= _LARGEST and 0 <= envelope["index"] < envelope["of"]
