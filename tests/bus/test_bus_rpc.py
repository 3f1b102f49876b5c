"""Our RPC server and client on nameko's wire protocol."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pika
import pytest

from shared.bus.port import Transient
from shared.bus.rpc_client import RemoteError, RpcClient, feed_over_rpc
from shared.bus.rpc_server import RpcServer
from shared.bus.topology import RPC, reply_key
from shared.bus.worker import Worker
from shared.kernel.ids import new_id
from tests.bus.doubles import ListLog, kill, serving, until
from tests.bus.test_bus_faults import victim
from tests.support import servers

pytestmark = pytest.mark.real


class Service:
    def __init__(self) -> None:
        self.log = ListLog()
        self.ran: list[Any] = []

    def echo(self, value: Any, word: str = "") -> Any:
        self.ran.append(value)
        return [value, word]

    def fail(self) -> None:
        raise RuntimeError("what a person wrote")

    def slow(self, seconds: float) -> str:
        self.ran.append(seconds)
        time.sleep(seconds)
        return "done"

    def execute(self, command: str) -> Any:
        self.ran.append(command)
        return {"ok": command}

    def feed(self, partition: int, after: int, limit: int) -> Any:
        commits = self.log.feed(partition, after, limit)
        return {"ok": {"events": [e.envelope() for c in commits for e in c.events]}}


def spawn(task: Callable[[], None]) -> None:
    threading.Thread(target=task, daemon=True).start()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def serve(run: Callable[[Worker], Any], url_of: Callable[[str], str], service: Service) -> Callable[[], RpcServer]:
    def start() -> RpcServer:
        methods = {name: getattr(service, name) for name in ("echo", "fail", "slow", "feed", "execute")}
        made = RpcServer(url_of("programs"), "programs", methods, spawn, for_gateway=("execute",))
        run(made)
        until(lambda: serving(url_of("programs"), "programs"))
        return made

    return start


@pytest.fixture
def client(url_of: Callable[[str], str]) -> Iterator[RpcClient]:
    made = RpcClient(url_of("matching"), timeout=40)
    yield made
    made.stop()


def test_many_callers(serve: Callable[[], RpcServer], client: RpcClient) -> None:
    """Many threads share one client, and each gets its own answer."""
    serve()
    answers: dict[int, Any] = {}

    def call(number: int) -> None:
        answers[number] = client.call("programs", "echo", number, word="x")

    threads = [threading.Thread(target=call, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: [n, "x"] for n in range(40)}


def test_errors_say_nothing_private(serve: Callable[[], RpcServer], client: RpcClient) -> None:
    """An unforeseen error crosses the wire as its type only; wrong methods and arguments are named as nameko does."""
    serve()
    kinds = {}
    for method, arguments in {"fail": [], "missing": [], "echo": [1, 2, 3]}.items():
        with pytest.raises(RemoteError) as caught:
            client.call("programs", method, *arguments)
        kinds[method] = caught.value.kind
        assert "person" not in str(caught.value)
    assert kinds == {"fail": "RuntimeError", "missing": "MethodNotFound", "echo": "IncorrectSignature"}


def test_unknown_service_fails_at_once(url_of: Any) -> None:
    """Calling what nobody ever served is an error at once, not a time-out."""
    patient = RpcClient(url_of("matching"), timeout=120)
    started = time.monotonic()
    with pytest.raises(Transient):
        patient.call("nobody", "echo")
    assert time.monotonic() - started < 60
    patient.stop()


def test_expired_request_never_runs(
    serve: Callable[[], RpcServer], client: RpcClient, url_of: Callable[[str], str], service: Service
) -> None:
    """A request whose caller has given up does not run later, when the service is back."""
    serve().stop()
    impatient = RpcClient(url_of("matching"), timeout=0.3)
    with pytest.raises(Transient):
        impatient.call("programs", "echo", "late")
    impatient.stop()
    with pika.BlockingConnection(pika.URLParameters(url_of("programs"))) as connection:
        until(lambda: connection.channel().queue_declare("rpc-programs", passive=True).method.message_count == 0)
    serve()
    client.call("programs", "echo", "in time")
    assert service.ran == ["in time"]


@pytest.mark.parametrize("body", [b"\xff", b"[]", b'{"args": 1}', b'{"args": [1], "kwargs": {}}'])
def test_bad_requests_hurt_nobody(
    serve: Callable[[], RpcServer], client: RpcClient, url_of: Callable[[str], str], body: bytes
) -> None:
    """Requests without `reply_to` or with a body of any kind are acknowledged, and the server lives on."""
    server = serve()
    with pika.BlockingConnection(pika.URLParameters(url_of("matching"))) as connection:
        properties = pika.BasicProperties(content_type="application/json")
        connection.channel().basic_publish(RPC, "programs.echo", body, properties)
    until(lambda: server.served == 1)
    assert client.call("programs", "echo", 1) == [1, ""]
    with pika.BlockingConnection(pika.URLParameters(url_of("programs"))) as connection:
        until(lambda: connection.channel().queue_declare("rpc-programs", passive=True).method.message_count == 0)


def test_stop_sees_through_what_runs(serve: Callable[[], RpcServer], client: RpcClient, service: Service) -> None:
    """A request that runs when the server is told to stop is still answered."""
    server = serve()
    answers: list[Any] = []
    caller = threading.Thread(target=lambda: answers.append(client.call("programs", "slow", 0.7)))
    caller.start()
    until(lambda: service.ran)
    server.stop()
    caller.join()
    assert answers == ["done"]


def test_broker_restart(serve: Callable[[], RpcServer], client: RpcClient, broker: servers.Broker) -> None:
    """Server and client find the broker again; a call in between fails with Transient, quickly."""
    serve()
    assert client.call("programs", "echo", 1) == [1, ""]
    kill(broker)
    with pytest.raises(Transient):
        client.call("programs", "echo", 2)
    broker.start()

    def answered() -> bool:
        try:
            return bool(client.call("programs", "echo", 3) == [3, ""])
        except Transient:
            return False

    until(answered)


def test_feed_over_rpc(serve: Callable[[], RpcServer], client: RpcClient, service: Service) -> None:
    """The feed over RPC is the producer's log; a producer that is away is Transient."""
    serve()
    service.log.append(5, of=2)
    feed = feed_over_rpc(client)
    assert feed("programs", 0, 3, 10) == service.log.events[6:]
    with pytest.raises(Transient):
        feed("nobody", 0, 0, 10)


def _problem(answer: Any) -> tuple[int, str]:
    return answer["problem"]["status"], answer["problem"]["slug"]


def test_only_the_gateway_may_ask_in_somebodys_name(
    serve: Callable[[], RpcServer], client: RpcClient, url_of: Any, service: Service
) -> None:
    """SE-08: a command of the gateway's account is done; one of any other service's, or an operator's, is a 401."""
    serve()
    gateway = RpcClient(url_of("gateway"), timeout=40)
    assert gateway.call("programs", "execute", "ours") == {"ok": "ours"}
    gateway.stop()
    operator = RpcClient(url_of("topology"), timeout=40)
    for other in (client, operator):
        assert _problem(other.call("programs", "execute", "theirs")) == (401, "caller-not-believed")
    operator.stop()
    assert service.ran == ["ours"]


FORGED: dict[str, dict[str, Any]] = {
    "no sender": {"user_id": None},
    "for another service": {"type": "matching.execute"},
    "for nobody": {"type": None},
    "without a time": {"timestamp": None},
    "a minute old": {"timestamp": -61},
    "from the future": {"timestamp": 600},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_replayed_call_is_refused(
    serve: Callable[[], RpcServer], url_of: Callable[[str], str], service: Service, name: str
) -> None:
    """SE-08: a call is good for a minute, for one method of one service, from a sender whom the broker vouches for."""
    serve()
    good = {"user_id": "gateway", "type": "programs.execute", "timestamp": 0}
    marks = {what: value for what, value in (good | FORGED[name]).items() if value is not None}
    if "timestamp" in marks:
        marks["timestamp"] += int(time.time())
    assert _problem(_raw(url_of("gateway"), marks)["result"]) == (401, "caller-not-believed")
    assert service.ran == []


def test_no_service_can_name_another_sender(serve: Callable[[], RpcServer], url_of: Callable[[str], str]) -> None:
    """SE-08: what another service caught of the gateway's calls it cannot send on: the broker ends its channel."""
    serve()
    marks = {"user_id": "gateway", "type": "programs.execute", "timestamp": int(time.time())}
    assert _raw(url_of("gateway"), marks)["result"] == {"ok": "x"}
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="user_id"):
        _raw(url_of("matching"), marks)


def _raw(url: str, marks: dict[str, Any]) -> Any:
    """What is answered to a command with exactly these properties."""
    user = pika.URLParameters(url).credentials.username
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        key = reply_key(user, new_id())
        queue = f"rpc.reply-{user}-1"
        channel.queue_declare(queue, exclusive=True, auto_delete=True)
        channel.queue_bind(queue, RPC, key)
        properties = pika.BasicProperties(content_type="application/json", reply_to=key, **marks)
        channel.basic_publish(RPC, "programs.execute", b'{"args": ["x"], "kwargs": {}}', properties)
        _, _, body = next(channel.consume(queue, auto_ack=True, inactivity_timeout=40))
        return json.loads(body)


def test_stock_nameko_client(serve: Callable[[], RpcServer], amqp_url: str) -> None:
    """A stock nameko client calls our server, and understands answers and errors."""
    serve()
    process = victim("nameko_client", amqp_url, "--eventlet")
    output, _ = process.communicate(timeout=100)
    found = json.loads(output)
    assert found["echo"] == [{"a": [1, None]}, "ü"]
    assert found["fail"] == ["RemoteError", "RuntimeError "]
    assert found["missing"][0] in {"MethodNotFound", "RemoteError"}
    assert [value for value, _ in found["many"]] == list(range(20))
