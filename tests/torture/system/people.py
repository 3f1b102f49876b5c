"""People who ask over HTTP, cheaply, and who ask again with the same key until they know what became of it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.kernel.ids import derive
from tests.torture.history import History

CANARY = re.compile(r"cnry[0-9a-f]{12}")
_PATIENCE = 15.0
_NOBODY_KNOWS = {0, 408, 429, 500, 502, 503, 504}
_QUESTIONS = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0


@dataclass(frozen=True)
class Answer:
    """`status` is 0 where there was none."""

    status: int
    body: bytes = b""
    position: str = ""

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def slug(self) -> str:
        return str(self.json().get("type", "")).rpartition(":")[2] if self.body else ""


class Line:
    """One open connection to the gateway, opened anew when it breaks."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free = asyncio.Lock()
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        """One at a time."""
        async with self._free:
            try:
                return await asyncio.wait_for(self._ask(request), _PATIENCE)
            except (OSError, EOFError, TimeoutError):
                self.close()
                return Answer(0)

    async def _ask(self, request: bytes) -> Answer:
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._open
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = (line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        fields = {name.lower(): value for name, value in lines}
        body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
        if fields.get(b"connection") == b"close":
            self.close()
        return Answer(int(head[9:12]), body, fields.get(b"x-log-position", b"").decode())

    def close(self) -> None:
        if self._open:
            self._open[1].close()
            self._open = None


@dataclass
class Tally:
    """What clients met, and how long each acknowledged command took: (begun, seconds), by the run's clock."""

    attempted: int = 0
    acknowledged: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    unknown: Counter[int] = field(default_factory=Counter)
    repeated: int = 0
    took: list[tuple[float, float]] = field(default_factory=list)


@dataclass
class Person:
    """Somebody with a token and a connection. `keys` numbers commands, so a seed always gives the same ids.

    `place` opens the position in an answer: source, partition, position."""

    id: str
    token: str
    line: Line
    history: History
    tally: Tally
    place: Callable[[str], tuple[str, int, int]]
    keys: int = 0

    async def do(self, service: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """A command, asked until its outcome is known."""
        self.keys += 1
        key = f"k{self.keys}"
        id = derive("command", self.id, method, path, key)
        self.tally.attempted += 1
        self.history.note("ask", service=service, command=f"{method} {path}", id=id)
        begun, pause, tries = time.monotonic(), _FIRST_PAUSE, 0
        while (answer := await self._send(method, path, body, key)).status in _NOBODY_KNOWS:
            self.history.note("unknown", service=service, id=id, status=answer.status)
            self.tally.unknown[answer.status] += 1
            tries += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        self.tally.repeated += tries > 0
        if answer.status < 300:
            self.tally.acknowledged += 1
            self.tally.took.append((begun, time.monotonic() - begun))
            _, partition, position = self.place(answer.position) if answer.position else ("", 0, 0)
            self.history.note("ack", service=service, id=id, partition=partition, position=position)
        else:
            self.tally.refused[answer.slug] += 1
            self.history.note("refused", service=service, id=id, slug=answer.slug)
        return answer

    async def read(self, path: str, pair: str | None = None) -> Answer:
        """A question, asked a few times where nobody answers; of one about a pair it is noted whose words it held."""
        for _ in range(_QUESTIONS):
            answer = await self._send("GET", path, None, None)
            if answer.status not in _NOBODY_KNOWS:
                break
            await asyncio.sleep(_LONGEST_PAUSE)
        if pair and answer.status == 200:
            self.history.note("answer", who=self.id, pair=pair, canaries=CANARY.findall(answer.body.decode()))
        return answer

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None, key: str | None) -> Answer:
        said = json.dumps(body).encode() if body is not None else b""
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {self.token}"]
        lines += [f"Idempotency-Key: {key}"] if key else []
        lines += ["Content-Type: application/json"] if said else []
        lines += [f"Content-Length: {len(said)}"] if method != "GET" else []
        return await self.line.ask("\r\n".join([*lines, "", ""]).encode() + said)
