"""50 HTTP clients in one process that costs little itself: open connections, one request at a time on each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import uvloop

_WARM_UP = 0.5


@dataclass(frozen=True)
class Load:
    """Requests a second, and the 99th percentile in milliseconds."""

    rate: float
    p99: float


def load(port: int, requests: Sequence[bytes], wanted: int, seconds: float) -> Load:
    """One client for each of `requests`, repeating it. Raises RuntimeError for any other status than `wanted`."""
    took: list[float] = []

    async def client(request: bytes, begins: float, ends: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (asked := time.perf_counter()) < ends:
            writer.write(request)
            await _answer(reader, wanted)
            if asked >= begins:
                took.append(time.perf_counter() - asked)
        writer.close()

    async def everybody() -> None:
        begins = time.perf_counter() + _WARM_UP
        await asyncio.gather(*(client(request, begins, begins + seconds) for request in requests))

    uvloop.run(everybody())
    return Load(len(took) / seconds, 1000 * sorted(took)[int(0.99 * len(took))])


async def _answer(reader: asyncio.StreamReader, wanted: int) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    body = await reader.readexactly(length)
    if int(head[9:12]) != wanted:
        raise RuntimeError(f"{head[:40]!r} {body[:300]!r}")


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
