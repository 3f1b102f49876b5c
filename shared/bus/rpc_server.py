"""Answers requests in nameko's wire protocol, so that any nameko client can call; the connection has one owner."""

from __future__ import annotations

import inspect
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import amqp
import orjson

from shared.bus import calls
from shared.bus.link import Link, user_of
from shared.bus.topology import RPC, rpc_queue
from shared.bus.worker import Worker
from shared.watch import tracing

log = logging.getLogger(__name__)

Method = Callable[..., Any]
Spawn = Callable[[Callable[[], None]], object]
"""Runs a function in a thread of its own kind, green or not."""


@dataclass(frozen=True, slots=True)
class _Request:
    """`channel` tells the deliveries of one connection from those of the next."""

    channel: Any
    tag: int
    key: str
    body: bytes
    properties: Mapping[str, Any]

    @property
    def method(self) -> str:
        return self.key.rpartition(".")[2]

    @property
    def reply_to(self) -> str | None:
        return self.properties.get("reply_to")


class RpcServer(Worker):
    """Serves `methods` of `service`. A request is acknowledged after its reply; killed in between, it runs again.

    Those in `for_gateway` are for the gateway alone: others are answered `{"problem": …}` with status 401 (SE-08).
    """

    stop_after = 10.0

    def __init__(
        self,
        url: str,
        service: str,
        methods: Mapping[str, Method],
        spawn: Spawn,
        *,
        for_gateway: Collection[str] = (),
        workers: int = 50,
    ) -> None:
        super().__init__(f"rpc-{service}", url)
        self._service = service
        self._methods = {name: (method, inspect.signature(method)) for name, method in methods.items()}
        self._spawn = spawn
        self._for_gateway = for_gateway
        account = user_of(url)
        # On a broker that is not ours all services may share one account, as the consumers know.
        self._gateway = {calls.GATEWAY} | ({account} if account != service else set())
        self._workers = workers
        self._done: deque[tuple[_Request, bytes]] = deque()
        self._running: set[int] = set()
        self._handed_back: list[int] = []
        self.served = 0

    def session(self, link: Link) -> None:
        channel = link.channel()
        queue = rpc_queue(self._service)
        channel.queue_declare(queue, durable=True, auto_delete=False)
        channel.queue_bind(queue, RPC, f"{self._service}.*")
        channel.basic_qos(0, self._workers, False)
        self._running, self._handed_back = set(), []
        consumer = channel.basic_consume(queue, callback=lambda message: self._came(channel, message))
        self.backoff.reset()
        while not self.stopping.is_set():
            link.pump(1.0)
            self._reply(channel)
        self._finish(link, channel, consumer)

    def _finish(self, link: Link, channel: Any, consumer: str) -> None:
        """Take nothing new; see through what runs. What is not done by then is delivered again, to whoever is next."""
        deadline = time.monotonic() + self.stop_after - 0.5
        channel.basic_cancel(consumer)
        for tag in self._handed_back:  # at once: who asked waits, and another instance is there
            channel.basic_reject(tag, requeue=True)
        while self._running and time.monotonic() < deadline:
            link.pump(0.1)
            self._reply(channel)

    def _came(self, channel: Any, message: Any) -> None:
        if self.stopping.is_set():
            self._handed_back.append(message.delivery_tag)
            return
        key = message.delivery_info["routing_key"]
        request = _Request(channel, message.delivery_tag, key, bytes(message.body), message.properties)
        self._running.add(request.tag)
        self._spawn(lambda: self._serve(request))

    def _serve(self, request: _Request) -> None:
        """In a worker: never raises, always leaves a reply for the owner of the connection."""
        try:
            with tracing.step(f"rpc {self._service}", parent=tracing.parent_of(request.properties)):
                answer = orjson.dumps({"result": self._call(request), "error": None})
        except Exception as error:  # noqa: BLE001 (the caller is told; the process lives on)
            answer = orjson.dumps({"result": None, "error": self._as_error(error)})
        self._done.append((request, answer))
        self.waker.wake()

    def _call(self, request: _Request) -> Any:
        if request.method not in self._methods:
            raise _ProtocolError("MethodNotFound", request.method[:64])
        method, signature = self._methods[request.method]
        if request.method in self._for_gateway:
            try:
                calls.check(request.properties, request.key, self._gateway)
            except calls.NotBelieved as refusal:
                log.warning("call not believed", extra={"worker": self.name})
                return {"problem": refusal.as_problem()}
        try:
            body = orjson.loads(request.body) if "json" in request.properties.get("content_type", "") else None
        except ValueError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("args"), list) or not _is_dict(body.get("kwargs")):
            raise _ProtocolError("MalformedRequest", "Message missing `args` or `kwargs`")
        try:
            signature.bind(*body["args"], **body["kwargs"])
        except TypeError:
            raise _ProtocolError("IncorrectSignature", "arguments do not fit") from None
        return method(*body["args"], **body["kwargs"])

    def _as_error(self, error: Exception) -> dict[str, Any]:
        """As nameko serialises it, but of an unforeseen error only the type: its text may hold what a person wrote."""
        if isinstance(error, _ProtocolError):
            return _serialised(error.kind, f"nameko.exceptions.{error.kind}", error.text)
        log.error("rpc failed", extra={"worker": self.name, "error": type(error).__name__})
        return _serialised(type(error).__name__, f"{type(error).__module__}.{type(error).__name__}")

    def _reply(self, channel: Any) -> None:
        while self._done:
            request, answer = self._done.popleft()
            if request.reply_to:
                message = amqp.Message(
                    answer,
                    content_type="application/json",
                    content_encoding="utf-8",
                    correlation_id=request.properties.get("correlation_id"),
                )
                channel.basic_publish(message, RPC, request.reply_to)
            else:
                log.error("rpc without reply_to", extra={"worker": self.name})
            self.served += 1
            # A request of a lost connection comes again by itself; its tag means nothing here.
            if request.channel is channel:
                channel.basic_ack(request.tag)
                self._running.discard(request.tag)


class _ProtocolError(Exception):
    """The request does not fit the protocol; `kind` is the class that nameko raises for it."""

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        self.text = text
        super().__init__(kind)


def _serialised(kind: str, path: str, text: str = "") -> dict[str, Any]:
    return {"exc_type": kind, "exc_path": path, "exc_args": [text] if text else [], "value": text}


def _is_dict(value: object) -> bool:
    return isinstance(value, dict)
