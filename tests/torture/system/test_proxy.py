"""The proxy of the fault runs does what its modes say."""

from __future__ import annotations

import json
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from shared.runtime.local.instance import PROJECT
from shared.runtime.local.ports import free_ports

Switch = Callable[[str], None]


class _Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line)


@pytest.fixture
def client_and_switch() -> Iterator[tuple[socket.socket, Switch]]:
    """A client of an echo server behind the proxy, and what changes the proxy's mode."""
    [port] = free_ports(1)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        links = json.dumps({"echo": [port, server.server_address[1]]})
        command = [sys.executable, "-m", "tests.torture.system.proxy", links]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=PROJECT
        ) as proxy:
            assert proxy.stdin
            assert proxy.stdout
            assert proxy.stdout.readline() == "ready\n"
            told = proxy.stdin
            with socket.create_connection(("127.0.0.1", port), 5) as client:
                yield client, lambda mode: print(json.dumps(["echo", mode]), file=told)
            proxy.kill()
        server.shutdown()


def _said(client: socket.socket, word: bytes, within: float = 5.0) -> bytes:
    client.settimeout(within)
    client.sendall(word)
    return client.recv(100)


def test_what_a_hole_holds_back_comes_when_it_is_healed(client_and_switch: tuple[socket.socket, Switch]) -> None:
    """A black hole loses no byte of a connection that outlives it."""
    client, switch = client_and_switch
    assert _said(client, b"one\n") == b"one\n"
    switch("hole")
    with pytest.raises(TimeoutError):
        _said(client, b"two\n", within=0.3)
    switch("ok")
    assert _said(client, b"")[:4] == b"two\n"


def test_a_deaf_link_is_reset_when_it_is_healed(client_and_switch: tuple[socket.socket, Switch]) -> None:
    """Requests pass, their answers never come."""
    client, switch = client_and_switch
    assert _said(client, b"one\n") == b"one\n"
    switch("deaf")
    with pytest.raises(TimeoutError):
        _said(client, b"two\n", within=0.3)
    switch("ok")
    with pytest.raises(ConnectionResetError):
        _said(client, b"")


def test_a_cut_ends_what_is_open(client_and_switch: tuple[socket.socket, Switch]) -> None:
    """The client sees the end of the connection."""
    client, switch = client_and_switch
    assert _said(client, b"one\n") == b"one\n"
    switch("cut")
    assert _said(client, b"") == b""
