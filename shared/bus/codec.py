"""Events as AMQP messages, and back. What does not pass here is no event and goes no further."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from shared.kernel.events import Event

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


def encode(event: Event) -> tuple[bytes, dict[str, Any], str]:
    """Body, AMQP properties and routing key.

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


def decode(body: bytes, properties: Mapping[str, Any], *, key: str | None = None, account: str | None = None) -> Event:
    """The event of a message that came with routing key `key`.

    The broker vouches for `user_id`. It must be the event's service, or `account` where all services share one
    account on a broker that is not ours. Raises BadMessage.
    """
    event = Event.from_envelope(_envelope(body))
    sender = properties.get("user_id")
    if sender is None or sender not in (event.service, account):
        raise BadMessage("sender is not the service of the event")
    if properties.get("type") != event.name or properties.get("message_id") != event.id:
        raise BadMessage("properties and envelope disagree")
    if key is not None and key != routing_key(event):
        raise BadMessage("routing key and envelope disagree")
    return event


def _envelope(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_BYTES:
        raise BadMessage("larger than 256 KiB")
    try:
        envelope = orjson.loads(body)
    except ValueError:
        raise BadMessage("not JSON") from None
    if not isinstance(envelope, dict):
        raise BadMessage("not an object")
    for member, kind in _TYPES.items():
        value = envelope.get(member)
        if member not in envelope or not isinstance(value, kind) or isinstance(value, bool):
            raise BadMessage(f"member {member} is missing or of the wrong type")
    if not _numbers_fit(envelope):
        raise BadMessage("numbers out of range")
    return envelope


def _numbers_fit(envelope: Mapping[str, int]) -> bool:
    counts = all(1 <= envelope[member] <= _LARGEST for member in ("schema_version", "position", "stream_seq", "of"))
    return counts and 0 <= envelope["partition"] <= _LARGEST and 0 <= envelope["index"] < envelope["of"]
