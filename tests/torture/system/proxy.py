"""A TCP proxy that breaks on demand, as a process: `python -m tests.torture.system.proxy '{link: [from, to]}'`.

Each line on standard input is `[link, mode]`. Modes:

- `ok`: bytes pass; what was held back goes on, as TCP would after a short partition
- `slow`: everything takes 150 ms more each way
- `hole`: nothing passes, in no direction; connections stay open, new ones are taken and lead nowhere
- `deaf`: requests pass, answers do not; when it is over, the connections are reset
- `reset`: what is open is reset, and so is whoever comes
- `cut`: what is open is closed in order, and so is whoever comes
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from functools import partial
from typing import cast

import uvloop

_DELAY = 0.15
_RESET = struct.pack("ii", 1, 0)


class Side(asyncio.Protocol):
    """One end of a connection: `up` is that of the client, whose bytes go to the server."""

    def __init__(self, link: Link, *, up: bool, other: Side | None = None) -> None:
        self._link = link
        self.up = up
        self.other = other
        self.transport: asyncio.Transport | None = None
        self.ended = False
        self._held: list[bytes] = []
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._link.sides.add(self)
        if self.up:
            self._link.came(self)
        elif self.other:
            self.other.go_on()

    def data_received(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        if self.other is None or self.other.transport is None or self._held or self._link.holds(up=self.up):
            self._held.append(data)
        elif self._link.mode == "slow" or self._due > loop.time():
            self._due = max(self._due, loop.time() + (_DELAY if self._link.mode == "slow" else 0))
            loop.call_at(self._due, self._write, data)
        else:
            self.other.transport.write(data)

    def _write(self, data: bytes) -> None:
        if self.other and self.other.transport and not self.other.ended:
            self.other.transport.write(data)

    def go_on(self) -> None:
        """Pass on what was held back."""
        held, self._held = self._held, []
        for data in held:
            self.data_received(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self.ended = True
        self._link.sides.discard(self)
        if self.other and self.other.transport and not self.other.ended:
            self.other.transport.close()

    def end(self, *, reset: bool) -> None:
        if self.transport and not self.ended:
            if reset:
                sock = self.transport.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                self.transport.abort()
            else:
                self.transport.close()


class Link:
    """One listening port and where it leads."""

    def __init__(self, target: int) -> None:
        self.mode = "ok"
        self.sides: set[Side] = set()
        self._target = target
        self._connecting: set[asyncio.Task[None]] = set()

    def holds(self, *, up: bool) -> bool:
        return self.mode == "hole" or (self.mode == "deaf" and not up)

    def came(self, client: Side) -> None:
        if self.mode in {"reset", "cut"}:
            client.end(reset=self.mode == "reset")
        elif self.mode != "hole":
            self._connect(client)

    def _connect(self, client: Side) -> None:
        task = asyncio.get_running_loop().create_task(self._open(client))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _open(self, client: Side) -> None:
        server = Side(self, up=False, other=client)
        client.other = server
        try:
            await asyncio.get_running_loop().create_connection(lambda: server, "127.0.0.1", self._target)
        except OSError:
            client.end(reset=True)

    def become(self, mode: str) -> None:
        before, self.mode = self.mode, mode
        for side in list(self.sides):
            if mode in {"reset", "cut"} or (mode == "ok" and before == "deaf"):
                side.end(reset=mode != "cut")
            elif mode == "ok" and side.up and side.other is None:
                self._connect(side)
            elif mode == "ok":
                side.go_on()


async def main(ports: dict[str, list[int]]) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    links = {name: Link(target) for name, (_, target) in ports.items()}
    for name, (port, _) in ports.items():
        await loop.create_server(partial(Side, links[name], up=True), "127.0.0.1", port)
    told = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while line := await told.readline():
        name, mode = json.loads(line)
        links[name].become(mode)


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
