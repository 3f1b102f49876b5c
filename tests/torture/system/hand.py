"""One thread for whatever blocks, beside the event loop.

It lives as long as the run: children are tied to the thread that started them. Nobody waits for it in the end.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Hand:
    """`await do(work, …)` gives what `work(…)` gives, one after the other."""

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[tuple[asyncio.Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="hand", daemon=True).start()

    async def do(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tasks.put((future, lambda: work(*args, **more)))
        return await future

    def _work(self) -> None:
        while True:
            future, work = self._tasks.get()
            try:
                _tell(future, future.set_result, work())
            except BaseException as error:
                _tell(future, future.set_exception, error)


def _tell(future: asyncio.Future[Any], how: Callable[[Any], None], what: Any) -> None:
    if not future.get_loop().is_closed():
        future.get_loop().call_soon_threadsafe(lambda: None if future.done() else how(what))
