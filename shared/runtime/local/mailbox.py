"""The mail server of a development instance: takes every mail over real SMTP and keeps it as an .eml file."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from shared.kernel.ids import new_id

_TAKEN = "250 kept"


class Keeper:
    """One file per mail, named so that they sort by arrival; a file is there as a whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        name = f"{time.time_ns()}-{new_id()}"
        fresh = self._folder / f".{name}"
        people = "".join(f"X-Envelope-To: {person}\r\n" for person in envelope.rcpt_tos)
        fresh.write_bytes(people.encode() + envelope.original_content)
        fresh.replace(self._folder / f"{name}.eml")
        return _TAKEN


async def serve(port: int, folder: Path) -> None:
    """Serve on loopback until SIGTERM or SIGINT."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    keeper = Keeper(folder)
    server = await loop.create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True, hostname="localhost"), "127.0.0.1", port
    )
    async with server:
        await ended.wait()


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
