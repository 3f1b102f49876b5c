from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.gateway.gateway import Gateway
from services.gateway.live import Hub, Listener
from services.gateway.problems import Problem
from shared.kernel.events import Event
from shared.kernel.ids import new_id
from tests.support.gateway import Client, token

PAIR = {"pair_id": "p.c.1", "program_id": "p", "group_id": "g", "mentor_id": "ada", "mentee_id": "bob"}
TEXT = "marker-4711"


def message(position: int, **data: Any) -> Event:
    body = {**PAIR, "message_id": f"m{position}", "sender_id": "ada", "commitment": "x", "text": TEXT, **data}
    return Event(
        new_id(),
        "MessageSent",
        1,
        body,
        "conversations",
        0,
        position,
        0,
        1,
        "couple-c",
        position,
        "now",
        "ada",
        "c",
        None,
    )


def frames(listener: Listener, heartbeat: float = 0.05, seconds: float = 0.1) -> list[str]:
    """What the stream sends within a moment, heartbeats and the greeting left out."""

    async def read() -> list[str]:
        until = asyncio.get_running_loop().time() + seconds
        return [frame.decode() async for frame in listener.frames(heartbeat, until)]

    return [frame for frame in asyncio.run(read()) if not frame.startswith((":", "retry"))]


def test_only_those_concerned_are_told() -> None:
    """UI-11: the two of the pair hear of it, nobody else does, and no text is said."""
    hub = Hub(5)
    ada, bob, eve = (hub.join(person, None) for person in ("ada", "bob", "eve"))
    said = message(1)
    hub.publish(said)
    (told,) = frames(ada)
    assert frames(bob) == [told]
    assert frames(eve) == []
    assert told == (
        f"id: {said.id}\n"
        'data: {"kind":"conversations.MessageSent","ids":{"pair_id":"p.c.1","program_id":"p","message_id":"m1"}}\n\n'
    )


def test_what_is_told_to_nobody() -> None:
    """BL-10: a block is told to nobody over a stream."""
    hub = Hub(5)
    bob = hub.join("bob", None)
    data = {"blocker_id": "ada", "blocked_id": "bob"}
    hub.publish(
        Event(new_id(), "BlockRequested", 1, data, "conversations", 0, 1, 0, 2, "s", 1, "now", "ada", "c", None)
    )
    assert frames(bob) == []


def test_who_comes_back_misses_nothing() -> None:
    """UI-11: after Last-Event-ID come the events since, in order, once, own ones only."""
    hub = Hub(5)
    said = [message(position, mentee_id="bob" if position != 4 else "eve") for position in range(1, 7)]
    for one in said[:5]:
        hub.publish(one)
    listener = hub.join("bob", said[1].id)
    hub.publish(said[5])
    hub.publish(said[5])
    assert [frame.split("\n")[0] for frame in frames(listener)] == [f"id: {said[place].id}" for place in (2, 4, 5)]


def test_live_updates_tell_nothing_of_others() -> None:
    """BL-04, UI-11: an id on a stream says not how far a log is, and another's id is as unknown as any."""
    hub = Hub(5)
    ada = hub.join("ada", None)
    said = message(4711, message_id="m", mentee_id="eve")
    hub.publish(said)
    assert "4711" not in frames(ada)[0].replace(said.id, "")
    assert frames(hub.join("bob", said.id)) == frames(hub.join("bob", new_id())) == ["event: reset\ndata: {}\n\n"]


def test_who_was_away_too_long_is_told_so() -> None:
    """UI-11: an id that is not remembered, and a hole in what arrived, are a reset and not silence."""
    hub = Hub(5)
    said = message(1)
    hub.publish(said)
    assert frames(hub.join("bob", new_id())) == ["event: reset\ndata: {}\n\n"]
    there = hub.join("ada", None)
    hub.begin()
    assert frames(there) == ["event: reset\ndata: {}\n\n"]
    assert frames(hub.join("bob", said.id)) == ["event: reset\ndata: {}\n\n"]


def test_five_streams_a_person() -> None:
    """UI-12: the sixth is refused; a closed one makes room."""
    hub = Hub(5)
    mine = [hub.join("ada", None) for _ in range(5)]
    with pytest.raises(Problem) as refusal:
        hub.join("ada", None)
    assert refusal.value.status == 429
    hub.join("bob", None)
    hub.leave(mine[0])
    hub.join("ada", None)
    assert hub.count == 6


def test_a_slow_listener_is_dropped() -> None:
    """A stream that nobody reads ends; it costs a bounded amount of memory and delays nobody."""
    hub = Hub(5)
    slow = hub.join("ada", None)
    for position in range(1, 2000):
        hub.publish(message(position))
    assert len(frames(slow, seconds=5)) == 500
    assert slow.dropped


def test_suspended_people_hear_nothing_more() -> None:
    """SE-09: a suspension ends the person's streams, and a stop of the process ends all."""
    hub = Hub(5)
    eve, ada = hub.join("eve", None), hub.join("ada", None)
    hub.drop_people(frozenset({"eve", "nobody"}))
    assert (eve.dropped, ada.dropped) == (True, False)
    assert frames(eve, seconds=60) == []
    hub.close()
    assert frames(ada, seconds=60) == []
    with pytest.raises(Problem):
        hub.join("ada", None)


def test_there_is_a_sign_of_life() -> None:
    """UI-12: a silent stream still shows that it is there."""

    async def first_two() -> list[bytes]:
        loop = asyncio.get_running_loop()
        return [frame async for frame in Hub(5).join("ada", None).frames(0.01, loop.time() + 0.03)]

    assert asyncio.run(first_two())[:2] == [b"retry: 2000\n\n", b": still here\n\n"]


def test_a_stream_ends_with_its_token(client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """SE-09: a stream goes on for no longer than the token is good, which here is a minute."""
    gateway.hub.live = True
    seconds: list[float] = []

    async def frames(_listener: Listener, _heartbeat: float, until: float) -> AsyncIterator[bytes]:
        seconds.append(until - asyncio.get_running_loop().time())
        yield b"retry: 2000\n\n"

    monkeypatch.setattr(Listener, "frames", frames)
    assert client.get("/v1/me/stream", headers=token("ada")).status_code == 200
    assert len(seconds) == 1
    assert seconds[0] <= 60
