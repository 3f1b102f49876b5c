"""What the account of a service cannot do, tried on a real broker (BR-01)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker

from shared.bus import topology
from tests.support import servers

pytestmark = pytest.mark.real

_NOT_ALLOWED, _NOT_AS_SAID = 403, 406
_AS_OTHER = pika.BasicProperties(user_id="matching")

# What the account of `programs` is refused, by what it would have been good for.
REFUSED: dict[str, Callable[[Any], object]] = {
    "events of another": lambda c: c.basic_publish(topology.EVENTS, "matching.PairCreated.0", b"{}"),
    "batches of another": lambda c: c.basic_publish(topology.BATCHES, "matching.batch.0", b"{}"),
    "a queue of another, past the exchange": lambda c: c.basic_publish("", "matching.events.0", b"{}"),
    "the own queue, past the exchange": lambda c: c.basic_publish("", "programs.events.0", b"{}"),
    "dead letters of another": lambda c: c.basic_publish("matching.dead", "", b"{}"),
    "read another's queue": lambda c: c.basic_get("matching.events.0"),
    "read another's dead letters": lambda c: c.basic_get("matching.dead"),
    "take another's requests": lambda c: c.basic_get("rpc-matching"),
    "empty another's queue": lambda c: c.queue_purge("matching.events.0"),
    "delete another's queue": lambda c: c.queue_delete("matching.events.0"),
    "delete the own queue": lambda c: c.queue_delete("programs.events.0"),
    "hear more": lambda c: c.queue_bind("programs.events.0", topology.BATCHES, "#"),
    "hear everything": lambda c: c.queue_bind("programs.events.0", topology.EVENTS, "#"),
    "be deaf": lambda c: c.queue_unbind("programs.events.0", topology.BATCHES, "matching.*.0"),
    "make another deaf": lambda c: c.queue_unbind("matching.events.0", topology.BATCHES, "programs.*.0"),
    "hear others' requests": lambda c: c.queue_bind("rpc-programs", topology.RPC, "matching.*"),
    "hear all requests": lambda c: c.queue_bind("rpc-programs", topology.RPC, "#"),
    "hear another's answers": lambda c: _hear(c, topology.reply_key("gateway", "0f")),
    "hear answers to anybody": lambda c: _hear(c, "*.reply.*"),
    "hear all that is said": lambda c: _hear(c, "#"),
    "hear answers as nobody": lambda c: _hear(c, "0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f"),
    "hear events as requests": lambda c: c.queue_bind("rpc-programs", topology.EVENTS, "#"),
    "a queue for events": lambda c: c.queue_declare("programs.events.9", durable=True),
    "a queue of any name": lambda c: c.queue_declare("spy", exclusive=True),
    "another's queue for requests": lambda c: c.queue_declare("rpc-matching", durable=True),
    "another's queue for answers": lambda c: c.queue_declare("rpc.reply-matching-1", exclusive=True),
    "an exchange": lambda c: c.exchange_declare("spy", "fanout"),
    "the exchange of events anew": lambda c: c.exchange_declare(topology.EVENTS, "fanout"),
    "no exchange of events any more": lambda c: c.exchange_delete(topology.EVENTS),
    "a way between exchanges": lambda c: c.exchange_bind(topology.RPC, topology.EVENTS, "#"),
}


def _hear(channel: Any, key: str) -> None:
    """In a queue for answers to one's own calls, which everybody may have."""
    channel.queue_declare("rpc.reply-programs-spy", exclusive=True)
    channel.queue_bind("rpc.reply-programs-spy", topology.RPC, key)


@pytest.fixture
def channel(url_of: Callable[[str], str]) -> Any:
    with pika.BlockingConnection(pika.URLParameters(url_of("matching"))) as other:
        other.channel().queue_declare("rpc-matching", durable=True)
    with pika.BlockingConnection(pika.URLParameters(url_of("programs"))) as connection:
        opened = connection.channel()
        opened.queue_declare("rpc-programs", durable=True)
        opened.confirm_delivery()
        yield opened


@pytest.fixture(autouse=True)
def with_accounts(broker: servers.Broker) -> None:
    if isinstance(broker, servers.OutsideBroker):
        pytest.skip("one account stands for all of an outside broker's")


@pytest.mark.parametrize("what", REFUSED)
def test_a_service_is_refused(channel: Any, what: str) -> None:
    """BR-01: no service speaks as another, reaches another's queues, declares, deletes or rebinds any for events."""
    with pytest.raises(ChannelClosedByBroker) as caught:
        REFUSED[what](channel)
    assert caught.value.reply_code == _NOT_ALLOWED


@pytest.mark.parametrize("key", ["programs.ProgramClosed.0", "matching.ProgramClosed.0"])
def test_nobody_signs_as_another(channel: Any, key: str) -> None:
    """BR-01, BR-02: the broker vouches for the sender of a message: one that names another is not taken."""
    with pytest.raises(ChannelClosedByBroker) as caught:
        channel.basic_publish(topology.EVENTS, key, b"{}", _AS_OTHER)
    assert caught.value.reply_code == (_NOT_AS_SAID if key.startswith("programs.") else _NOT_ALLOWED)


def test_what_a_service_needs_is_allowed(channel: Any) -> None:
    """BR-01: what was refused above was refused for its own sake: the account works."""
    channel.basic_cancel(channel.basic_consume("programs.events.0", lambda *_: None))
    channel.basic_get("programs.dead")
    channel.queue_bind("rpc-programs", topology.RPC, "programs.*")
    _hear(channel, topology.reply_key("programs", "0f"))
    own = pika.BasicProperties(user_id="programs", delivery_mode=2)
    channel.basic_publish(topology.EVENTS, "programs.ProgramClosed.0", b"{}", own)
    channel.basic_publish(topology.RPC, "matching.ping", b"{}", own, mandatory=False)
