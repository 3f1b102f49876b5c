"""Calls a service over nameko's wire protocol and waits for the answer; used between services and by the CLI."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from typing import Any

import amqp
import orjson

from shared.bus.link import Link, user_of
from shared.bus.port import Feed, Transient
from shared.bus.topology import RPC
from shared.bus.worker import Backoff, Worker
from shared.kernel.events import Event


class RemoteError(Exception):
    """The other side failed in a way that trying again does not help. `kind` is the name of its exception."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


class _Call:
    def __init__(self, key: str, body: bytes) -> None:
        self.id = uuid.uuid4().hex
        self.key = key
        self.body = body
        self.done = threading.Event()
        self.answer: dict[str, Any] | None = None
        self.failure = ""

    def fail(self, why: str) -> None:
        self.failure = why
        self.done.set()


class RpcClient(Worker):
    """One connection and one reply queue for any number of calling threads; connects with the first call."""

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        super().__init__("rpc-client", url)
        self.backoff = Backoff(most=1.0)
        self._timeout = timeout
        self._calls: dict[str, _Call] = {}
        self._outgoing: deque[_Call] = deque()
        self._starting = threading.Lock()

    def call(self, service: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """The result of `service.method`.

        Raises Transient where the service is unknown or away, the time is over or the connection was lost (it may
        have run all the same), RemoteError where it raised.
        """
        call = _Call(f"{service}.{method}", orjson.dumps({"args": args, "kwargs": kwargs}))
        self._calls[call.id] = call
        self._outgoing.append(call)
        self._awake()
        try:
            if not call.done.wait(self._timeout):
                raise Transient(f"{call.key}: no answer in time")
        finally:
            self._calls.pop(call.id, None)
        if call.answer is None:
            raise Transient(f"{call.key}: {call.failure}")
        if call.answer.get("error"):
            raise RemoteError(str(call.answer["error"].get("exc_type")))
        return call.answer.get("result")

    def _awake(self) -> None:
        if self.stopping.is_set():
            raise Transient("closed")
        with self._starting:
            if self._thread is None:
                self.start()
        self.waker.wake()

    def session(self, link: Link) -> None:
        channel = link.channel()
        reply_key = str(uuid.uuid4())
        queue = f"rpc.reply-{user_of(self.url)}-{reply_key}"
        channel.queue_declare(queue, durable=False, exclusive=True, auto_delete=True)
        channel.queue_bind(queue, RPC, reply_key)
        channel.basic_consume(queue, callback=self._replied, no_ack=True)
        channel.events["basic_return"].add(self._returned)
        self.backoff.reset()
        while not self.stopping.is_set():
            self._send(channel, reply_key)
            link.pump(1.0)
        self.lost(Transient("closed"))

    def _send(self, channel: Any, reply_key: str) -> None:
        while self._outgoing:
            call = self._outgoing.popleft()
            if call.id not in self._calls:
                continue  # its time was over before it could be sent
            message = amqp.Message(
                call.body,
                content_type="application/json",
                content_encoding="utf-8",
                correlation_id=call.id,
                reply_to=reply_key,
                expiration=str(int(self._timeout * 1000)),
            )
            channel.basic_publish(message, RPC, call.key, mandatory=True)

    def _replied(self, message: Any) -> None:
        call = self._calls.get(message.properties.get("correlation_id", ""))
        if call is None:
            return
        try:
            call.answer = orjson.loads(bytes(message.body))
            call.done.set()
        except ValueError:
            call.fail("the answer is no JSON")

    def _returned(self, _error: Exception, _exchange: str, _key: str, message: Any) -> None:
        call = self._calls.get(message.properties.get("correlation_id", ""))
        if call is not None:
            call.fail("no such service, or it never ran here")

    def lost(self, error: Exception) -> None:
        """Nobody will answer what was asked on this connection."""
        self._outgoing.clear()
        for call in list(self._calls.values()):
            call.fail(f"connection lost ({type(error).__name__})")


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
