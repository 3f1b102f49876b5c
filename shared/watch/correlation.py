"""Which request the work at hand belongs to: every log line that is written meanwhile says it."""

from __future__ import annotations

from contextvars import ContextVar, Token

_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def correlation_id() -> str | None:
    return _current.get()


class about:  # noqa: N801 (a context manager; as a generator it would cost three times as much, at every request)
    """For as long as it lasts, in this thread (or task) alone: a thread that is begun meanwhile knows nothing of it."""

    __slots__ = ("_id", "_token")

    def __init__(self, correlation_id: str | None) -> None:
        self._id = correlation_id

    def __enter__(self) -> None:
        self._token: Token[str | None] = _current.set(self._id)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)
