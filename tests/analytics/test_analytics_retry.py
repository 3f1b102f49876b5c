"""`mentorship parked retry` reaches the running service over a real broker."""

from __future__ import annotations

import threading

import pytest

from shared.bus.rpc_server import RpcServer
from shared.bus.topology import TOPOLOGY_USER
from shared.kernel.clock import SystemClock
from shared.views.inbox import Inbox
from tests.analytics.story import TABLE, go_live, message
from tests.bus.doubles import serving, until

pytestmark = pytest.mark.real


@pytest.fixture
def operator(monkeypatch, broker, broker_passwords, mentorship):
    monkeypatch.setenv("AMQP_URL", broker.url(TOPOLOGY_USER, broker_passwords[TOPOLOGY_USER], "mentorship"))
    return mentorship


def test_a_retried_stream_flows_again(operator, client, story, broker, broker_passwords) -> None:
    """The service applies the parked event and those behind it, in order; the views are then as if nothing had been."""
    for number in (1, 2):
        story.tell("couple-0", message(number))

    def refuse(_) -> None:
        raise LookupError

    store = go_live(client, story, refuse)
    inbox = Inbox(store, TABLE.views, lambda _: None, SystemClock())
    url = broker.url("conversations", broker_passwords["conversations"], "mentorship")
    methods = {"retry_parked": lambda *where: {"ok": inbox.retry(*where)}}
    server = RpcServer(url, "conversations", methods, lambda run: threading.Thread(target=run, daemon=True).start())
    server.start()
    until(lambda: serving(url, "conversations"))
    try:
        [first, _second] = client["conversations"]["parked"].find().sort("position")
        status, printed = operator("parked", "retry", "conversations", first["_id"])
    finally:
        server.stop()
    assert (status, "2 applied, 0 still parked" in printed) == (0, True), printed
    assert client["conversations"]["view1_people"].find_one()["last"] == ["message-1", "message-2"]


def test_a_message_that_is_no_event_cannot_be_retried(operator, client, story) -> None:
    """It is refused with a sentence that says what to do; nothing is sent."""
    story.tell("couple-0", message(1))
    inbox = Inbox(go_live(client, story), TABLE.views, lambda _: None, SystemClock())
    inbox.park_message("conversations.events.0", "undecodable", b"zebrafinch", {})
    [parked] = client["conversations"]["parked"].find()
    status, printed = operator("parked", "retry", "conversations", parked["_id"])
    assert (status, "drop it" in printed) == (1, True)
    assert "zebrafinch" not in operator("parked", "show", "conversations", parked["_id"])[1]
