"""One AMQP connection, owned by one thread, that can be woken by others. Works alike in plain and in green threads."""

from __future__ import annotations

import select
import socket
import time
from contextlib import suppress
from typing import Any, ClassVar, Self
from urllib.parse import unquote, urlsplit

import amqp

from shared.bus.wire import Wire

HEARTBEAT = 15
"""Seconds. A peer that vanished without a word is noticed after two of them."""
SOCKET_TIMEOUT = 10.0
_TICK_EVERY = 5.0

CAPABILITIES = {
    "consumer_cancel_notify": True,
    "basic.nack": True,
    "publisher_confirms": True,
    "exchange_exchange_bindings": True,
    "authentication_failure_close": True,
    # Not connection.blocked: py-amqp would then read the socket before every publish. A blocked broker is one that
    # does not confirm.
}


class _Connection(amqp.Connection):  # type: ignore[misc]
    negotiate_capabilities: ClassVar[dict[str, bool]] = {}
    """What py-amqp adds to ours whatever we say: connection.blocked among it."""


def user_of(url: str) -> str:
    """The broker account that a URL logs in with."""
    return unquote(urlsplit(url).username or "guest")


def connect(url: str) -> Any:
    """An open py-amqp connection to amqp:// or amqps://user:password@host:port/vhost."""
    parts = urlsplit(url)
    secure = parts.scheme == "amqps"
    connection = _Connection(
        host=f"{parts.hostname}:{parts.port or (5671 if secure else 5672)}",
        userid=user_of(url),
        password=unquote(parts.password or "guest"),
        login_method="PLAIN",
        virtual_host=unquote(parts.path[1:]) or "/",
        client_properties={"capabilities": CAPABILITIES},
        ssl={"context": {"check_hostname": True}, "server_hostname": parts.hostname} if secure else False,
        connect_timeout=SOCKET_TIMEOUT,
        heartbeat=HEARTBEAT,
    )
    try:
        connection.connect()
    except BaseException:
        connection.collect()
        raise
    return connection


class Waker:
    """Lets any thread interrupt the one that waits for its socket."""

    def __init__(self) -> None:
        self.receiver, self._sender = socket.socketpair()
        self.receiver.setblocking(False)
        self._sender.setblocking(False)
        self._woken = False

    def wake(self) -> None:
        """Many calls make one wake-up: whoever is woken looks at everything only after `clear`."""
        if self._woken:
            return
        self._woken = True
        with suppress(OSError):  # closed: nobody waits any more
            self._sender.send(b"\0")

    def clear(self) -> None:
        with suppress(BlockingIOError):
            self.receiver.recv(4096)
        # Last: the other way round, the byte of a call in between would be gone, and every later call left out.
        self._woken = False

    def close(self) -> None:
        self.receiver.close()
        self._sender.close()


class Link:
    """A context manager around one connection. Only the thread that opened it may use it, except for `cut`.

    What is published or acknowledged waits for `pump` or `tick`, or until there is much of it.
    Every method raises OSError or amqp.AMQPError once the connection is lost; nothing on it is worth keeping then.
    """

    def __init__(self, url: str, waker: Waker) -> None:
        self._waker = waker
        self.connection = connect(url)
        self._socket = self.connection.transport.sock
        self._socket.settimeout(SOCKET_TIMEOUT)
        self._wire = Wire(self.connection.transport)
        self._ticked = time.monotonic()

    def channel(self) -> Any:
        channel = self.connection.channel()
        channel.auto_decode = False  # bodies are bytes, whatever encoding a sender claims
        return channel

    def pump(self, timeout: float) -> bool:
        """Send what waits; handle what has arrived, waiting up to `timeout` seconds for it. False where nothing had."""
        self.tick()
        if not self._wire.pending and not self._readable(timeout):
            return False
        self.connection.blocking_read()
        while self._wire.pending:
            self.connection.blocking_read()
        return True

    def tick(self) -> None:
        """Send what waits, and a heartbeat if one is due. Cheap; call it between any two slow things."""
        now = time.monotonic()
        if now - self._ticked > _TICK_EVERY:
            self._ticked = now
            self.connection.heartbeat_tick()
        self._wire.flush()

    def _readable(self, timeout: float) -> bool:
        ready, _, _ = select.select([self._socket, self._waker.receiver], [], [], timeout)
        if self._waker.receiver in ready:
            self._waker.clear()
            if self._socket not in ready:
                ready, _, _ = select.select([self._socket], [], [], 0)
        return self._socket in ready

    def cut(self) -> None:
        """Break the connection from another thread, so that whatever waits on it fails at once."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._socket.settimeout(1.0)
                self.connection.close()
        except (OSError, amqp.AMQPError):
            pass  # it is gone either way
        finally:
            self.connection.collect()
            self._socket.close()
