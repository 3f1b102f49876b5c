"""Long computations beside the green threads, which would all wait for one of their own that does not let go."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def aside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` gives or raises. Under eventlet it runs on a thread of the operating system.

    So it must only compute: locks, sockets and logs there are those of green threads.
    """
    eventlet = sys.modules.get("eventlet")
    if eventlet is None or not eventlet.patcher.is_monkey_patched("thread"):
        return work(*args, **kwargs)
    from eventlet import tpool  # noqa: PLC0415 (a command line or a simulation has no need of eventlet)

    return tpool.execute(work, *args, **kwargs)  # type: ignore[no-any-return]
