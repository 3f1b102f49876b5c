"""What is an event of ours, and what is not."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from shared.bus import codec
from shared.kernel.events import Event
from tests.bus.doubles import event

ONE = event(3, 1, of=2)


def altered(**members: Any) -> bytes:
    return orjson.dumps(ONE.envelope() | members)


def test_round_trip() -> None:
    """An event that is encoded and decoded is the same event."""
    body, properties, key = codec.encode(ONE)
    assert codec.decode(body, properties, key=key) == [ONE]
    assert key == "programs.StepMarked.0"


def test_batch_round_trip() -> None:
    """Events that travel as one message come out as they went in, in order."""
    events = [event(position) for position in (1, 2, 3)]
    body, properties, key = codec.encode_batch(events[0], [codec.encode(one)[0] for one in events])
    assert codec.decode(body, properties, key=key) == events
    assert key == "programs.batch.0"


@pytest.mark.parametrize("stranger", [event(2, service="matching"), event(2, partition=1)])
def test_batch_is_of_one_partition(stranger: Event) -> None:
    """A batch with an event of another service or partition among its events is none."""
    body, properties, key = codec.encode_batch(event(1), [codec.encode(one)[0] for one in (event(1), stranger)])
    with pytest.raises(codec.BadMessage):
        codec.decode(body, properties, key=key)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"[]", "routing key and envelope disagree"),
        (b"[1]", "not an object"),
        (b"7", "not an object"),
        (b'"' + b"x" * codec.MAX_BYTES + b'"', "larger than 256 KiB"),
        (altered(position="3"), "member position is missing or of the wrong type"),
        (altered(position=True), "member position is missing or of the wrong type"),
        (altered(data=[]), "member data is missing or of the wrong type"),
        (orjson.dumps({"id": "x"}), "member type is missing or of the wrong type"),
        (altered(position=0), "numbers out of range"),
        (altered(position=2**60), "numbers out of range"),
        (altered(index=2), "numbers out of range"),
        (altered(service="matching"), "sender is not the service of the event"),
        (altered(id="other"), "properties and envelope disagree"),
        (altered(type="Other"), "properties and envelope disagree"),
        (altered(partition=1), "routing key and envelope disagree"),
    ],
)
def test_bad_bodies(body: bytes, why: str) -> None:
    """BR-07: each way of being no event has its own fixed sentence."""
    _, properties, key = codec.encode(ONE)
    with pytest.raises(codec.BadMessage) as caught:
        codec.decode(body, properties, key=key)
    assert caught.value.why == why


def test_sender_must_be_vouched_for() -> None:
    """Without user_id nobody vouches for the sender; a shared account only counts where it is told to."""
    body, properties, key = codec.encode(ONE)
    with pytest.raises(codec.BadMessage):
        codec.decode(body, {k: v for k, v in properties.items() if k != "user_id"}, key=key)
    with pytest.raises(codec.BadMessage):
        codec.decode(body, properties | {"user_id": "shared"}, key=key)
    assert codec.decode(body, properties | {"user_id": "shared"}, key=key, account="shared") == [ONE]
