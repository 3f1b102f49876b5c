"""Asks services over nameko's wire protocol: one connection and reply queue for any number of requests in flight."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import amqp
import orjson

from shared.bus.calls import marks
from shared.bus.link import Link, user_of
from shared.bus.port import Feed, Transient
from shared.bus.topology import RPC, reply_key
from shared.bus.worker import Backoff, Worker
from shared.kernel.events import Event
from shared.watch import tracing


class RemoteError(Exception):
    """The other side failed in a way that trying again does not help. `kind` is the name of its exception."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


class NotAsked(Transient):
    """It never reached a service: certainly nothing was done."""


Answered = Callable[[bytes | Transient], None]
"""Takes the body of the reply, or why there is none; in the client's thread, once at most."""


@dataclass(slots=True)
class _Call:
    key: str
    body: bytes
    within: float
    answered: Answered
    headers: dict[str, str] = field(default_factory=tracing.headers)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    sent: bool = False

    def fail(self, why: str) -> None:
        self.answered(Transient(f"{self.key}: {why}") if self.sent else NotAsked(f"{self.key}: {why}"))


class RpcClient(Worker):
    """Connects with the first call, or when it is started."""

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        super().__init__("rpc-client", url)
        self.backoff = Backoff(most=1.0)
        self._account = user_of(url)
        self._timeout = timeout
        self._calls: dict[str, _Call] = {}
        self._outgoing: deque[_Call] = deque()
        self._starting = threading.Lock()

    @property
    def in_flight(self) -> int:
        return len(self._calls)

    def call(self, service: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """The result of `service.method`.

        Raises Transient where the service is unknown or away, the time is over or the connection was lost (it may
        have run all the same), RemoteError where it raised.
        """
        done = threading.Event()
        found: list[bytes | Transient] = []

        def answered(answer: bytes | Transient) -> None:
            found.append(answer)
            done.set()

        call_id = self.send(service, method, args, kwargs, within=self._timeout, answered=answered)
        try:
            if not done.wait(self._timeout):
                raise Transient(f"{service}.{method}: no answer in time")
        finally:
            self.forget(call_id)
        if isinstance(found[0], Transient):
            raise found[0]
        return result_of(found[0])

    def send(self, service: str, method: str, args: Any, kwargs: Any, *, within: float, answered: Answered) -> str:
        """Ask without waiting; `forget` the id that this gives when the answer does not matter any more.

        `within`: seconds after which no service begins with it. Raises Transient where the client was stopped.
        """
        if self.stopping.is_set():
            raise NotAsked("closed")
        call = _Call(f"{service}.{method}", orjson.dumps({"args": args, "kwargs": kwargs}), within, answered)
        self._calls[call.id] = call
        self._outgoing.append(call)
        with self._starting:
            if self._thread is None:
                self.start()
        self.waker.wake()
        return call.id

    def forget(self, call_id: str) -> None:
        self._calls.pop(call_id, None)

    def session(self, link: Link) -> None:
        channel = link.channel()
        own = str(uuid.uuid4())
        reply_to = reply_key(self._account, own)
        queue = f"rpc.reply-{self._account}-{own}"
        channel.queue_declare(queue, durable=False, exclusive=True, auto_delete=True)
        channel.queue_bind(queue, RPC, reply_to)
        channel.basic_consume(queue, callback=self._replied, no_ack=True)
        channel.events["basic_return"].add(self._returned)
        self.backoff.reset()
        while not self.stopping.is_set():
            self._send(channel, reply_to)
            link.pump(1.0)
        self.lost(Transient("closed"))

    def _send(self, channel: Any, reply_to: str) -> None:
        while self._outgoing:
            call = self._outgoing.popleft()
            if call.id not in self._calls:
                continue  # its time was over before it could be sent
            message = amqp.Message(
                call.body,
                content_type="application/json",
                content_encoding="utf-8",
                correlation_id=call.id,
                reply_to=reply_to,
                expiration=str(int(call.within * 1000)),
                **marks(self._account, call.key),
                **({"application_headers": call.headers} if call.headers else {}),
            )
            call.sent = True
            channel.basic_publish(message, RPC, call.key, mandatory=True)

    def _replied(self, message: Any) -> None:
        call = self._calls.pop(message.properties.get("correlation_id", ""), None)
        if call is not None:
            call.answered(bytes(message.body))

    def _returned(self, _error: Exception, _exchange: str, _key: str, message: Any) -> None:
        call = self._calls.pop(message.properties.get("correlation_id", ""), None)
        if call is not None:
            call.sent = False
            call.fail("no such service, or it never ran here")

    def lost(self, error: Exception) -> None:
        """Nobody will answer what was asked on this connection."""
        self._outgoing.clear()
        while self._calls:
            _, call = self._calls.popitem()
            call.fail(f"connection lost ({type(error).__name__})")


def result_of(body: bytes) -> Any:
    """What a method returned. Raises RemoteError where it raised, or the reply is none."""
    try:
        reply = orjson.loads(body)
        error = reply["error"]
    except (ValueError, KeyError, TypeError):
        error = {"exc_type": "Undecodable"}
    if error:
        raise RemoteError(str(error.get("exc_type")))
    return reply["result"]


def feed_over_rpc(client: RpcClient) -> Feed:
    """The producers' logs, read by their RPC method `feed`, which answers `{"ok": {"events": [envelope, …]}}`."""

    def feed(source: str, partition: int, after: int, limit: int) -> list[Event]:
        try:
            answer = client.call(source, "feed", partition, after, limit)
            return [Event.from_envelope(envelope) for envelope in answer["ok"]["events"]]
        except RemoteError as error:
            raise Transient(f"{source}.feed: {error.kind}") from None
        except (KeyError, TypeError):
            raise Transient(f"{source}.feed: a problem instead of events") from None

    return feed
