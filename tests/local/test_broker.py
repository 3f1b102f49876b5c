"""The private RabbitMQ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pika
import pytest
from pika.exceptions import AMQPConnectionError

from shared.bus import topology
from shared.runtime.local.broker import LocalBroker
from tests.support.servers import tied

pytestmark = pytest.mark.real

PASSWORDS = dict.fromkeys((*topology.USERS, topology.TOPOLOGY_USER), "sesame")
_LISTENS = "0A"
_LOOPBACK = {"0100007F", "00000000000000000000000001000000"}  # as the kernel writes 127.0.0.1 and ::1
QUEUE = topology.event_queue("programs", 0)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBroker]:
    broker = tied(LocalBroker(tmp_path_factory.mktemp("own"), topology.definitions(PASSWORDS, 1)))
    broker.start()
    yield broker
    broker.stop()
    broker.remove()


def connect(broker: LocalBroker, user: str, password: str, vhost: str) -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.URLParameters(broker.url(user, password, vhost)))


def test_guest_and_the_default_vhost_do_not_exist(own: LocalBroker) -> None:
    """Only the users and the vhost of the definitions exist (BR-03)."""
    users = {line.split()[0] for line in own.ctl("list_users").splitlines()[1:]}
    assert users == {*topology.USERS, topology.TOPOLOGY_USER}
    assert own.ctl("list_vhosts").split() == ["name", topology.VHOST]
    with pytest.raises(AMQPConnectionError):
        connect(own, "guest", "guest", "/")


def test_nothing_but_this_machine_reaches_it(own: LocalBroker) -> None:
    """BR-03: none of its ports, not even those of its own administration, listens beyond loopback."""
    ports, reachable = {f"{port:04X}" for port in own.ports}, set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            address, _, port = line.split()[1].partition(":")
            if port in ports and line.split()[3] == _LISTENS:
                reachable.add(address)
    assert "0100007F" in reachable
    assert reachable <= _LOOPBACK


def test_confirmed_messages_survive_kill_9_and_ports_stay(own: LocalBroker) -> None:
    """What a quorum queue has confirmed is there after the broker was killed, at the same address."""
    with connect(own, topology.TOPOLOGY_USER, "sesame", topology.VHOST) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", QUEUE, b"kept", pika.BasicProperties(delivery_mode=2), mandatory=True)
    before = own.ports
    own.kill()
    assert not own.alive()
    own.start()
    assert own.ports == before
    with connect(own, topology.TOPOLOGY_USER, "sesame", topology.VHOST) as connection:
        method, _, body = next(connection.channel().consume(QUEUE, auto_ack=True, inactivity_timeout=40))
        assert method is not None
        assert body == b"kept"
