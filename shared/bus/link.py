"""One AMQP connection, owned by one thread, that can be woken by others. Works alike in plain and in green threads."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import amqp

HEARTBEAT = 60
SOCKET_TIMEOUT = 10.0
_TICK_EVERY = 5.0
_CHUNK = 65536

CAPABILITIES = {
    "consumer_cancel_notify": True,
    "basic.nack": True,
    "publisher_confirms": True,
    "exchange_exchange_bindings": True,
    "authentication_failure_close": True,
    # Not connection.blocked: py-amqp would then poll the socket before every publish. A blocked broker is one that
    # does not confirm.
}


def user_of(url: str) -> str:
    """The broker account that a URL logs in with."""
    return unquote(urlsplit(url).username or "guest")


def connect(url: str) -> Any:
    """An open py-amqp connection to amqp:// or amqps://user:password@host:port/vhost."""
    parts = urlsplit(url)
    secure = parts.scheme == "amqps"
    connection = amqp.Connection(
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

    def wake(self) -> None:
        with suppress(OSError):  # full: it will wake anyway; closed: nobody waits any more
            self._sender.send(b"\0")

    def clear(self) -> None:
        with suppress(BlockingIOError):
            self.receiver.recv(4096)

    def close(self) -> None:
        self.receiver.close()
        self._sender.close()


class _Inbox:
    """Reads the socket in large pieces. py-amqp reads each frame in three parts, each a system call otherwise."""

    def __init__(self, recv: Callable[[int], bytes]) -> None:
        self._recv = recv
        self._data = b""
        self._at = 0

    @property
    def pending(self) -> bool:
        return self._at < len(self._data)

    def read(self, size: int) -> bytes:
        if not self.pending:
            self._data, self._at = self._recv(_CHUNK), 0
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece


class Link:
    """A context manager around one connection. Only the thread that opened it may use it, except for `cut`.

    Every method raises OSError or amqp.AMQPError once the connection is lost; nothing on it is worth keeping then.
    """

    def __init__(self, url: str, waker: Waker) -> None:
        self._waker = waker
        self.connection = connect(url)
        self._socket = self.connection.transport.sock
        self._socket.settimeout(SOCKET_TIMEOUT)
        self._inbox = _Inbox(self.connection.transport._quick_recv)  # noqa: SLF001
        self.connection.transport._quick_recv = self._inbox.read  # noqa: SLF001
        self._ticked = time.monotonic()

    def channel(self) -> Any:
        channel = self.connection.channel()
        channel.auto_decode = False  # bodies are bytes, whatever encoding a sender claims
        return channel

    def pump(self, timeout: float) -> bool:
        """Handle what has arrived, waiting up to `timeout` seconds for it. False where nothing had come."""
        self.tick()
        if not self._inbox.pending and not self._readable(timeout):
            return False
        self.connection.blocking_read()
        while self._inbox.pending:
            self.connection.blocking_read()
        return True

    def tick(self) -> None:
        """Send a heartbeat if one is due. Cheap; call it between any two slow things."""
        now = time.monotonic()
        if now - self._ticked > _TICK_EVERY:
            self._ticked = now
            self.connection.heartbeat_tick()

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
