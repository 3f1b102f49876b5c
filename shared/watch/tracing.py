"""Traces: one for all that follows from a request, from HTTP over RPC, append and relay to the services that react.

Off, and then next to free, unless OTEL_EXPORTER_OTLP_ENDPOINT is set and OpenTelemetry is installed
(requirements/tracing.txt). Its own variables (OTEL_TRACES_SAMPLER and so on) hold.

The ids of a trace's root follow from the correlation id, which is on every event: so whoever has an event knows its
trace, and nothing of tracing is kept in a log. Between processes a W3C `traceparent` goes in headers. Spans are named
by closed lists of words and say of an error its type alone.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from shared.watch.correlation import correlation_id as at_hand

if TYPE_CHECKING:
    from shared.watch.spans import Spans

log = logging.getLogger(__name__)

HEADER = "traceparent"
BATCH_HEADER = "traceparents"
"""Of a message with many events: a table of `traceparent` by position."""

_NOTHING: AbstractContextManager[None] = nullcontext()
_REMEMBERED = 10_000

_spans: Spans | None = None
_carried: OrderedDict[str, str] = OrderedDict()


def configure(service: str, environment: Mapping[str, str] = os.environ) -> None:
    """Trace this process, if that is asked for. Call it once, after eventlet has patched what it patches."""
    if not (environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")):
        return
    try:
        spans = importlib.import_module("shared.watch.spans")
    except ImportError:
        log.warning("no traces: OpenTelemetry is not installed")
    else:
        use(spans.exported(service))


def use(spans: Spans | None) -> None:
    """Make spans with these from now on; with None no more."""
    global _spans  # noqa: PLW0603 (one for the process, as there is one environment)
    _spans = spans


def on() -> bool:
    return _spans is not None


def request(name: str, correlation_id: str) -> AbstractContextManager[None]:
    """The root of a trace: something begins here."""
    return _NOTHING if _spans is None else _spans.root(name, correlation_id)


def step(name: str, *, parent: str | None = None, correlation_id: str | None = None) -> AbstractContextManager[None]:
    """A part of it: under `parent` (a traceparent), else under the step at hand, else under the request's root."""
    return _NOTHING if _spans is None else _spans.step(name, parent, correlation_id or at_hand())


def rename(name: str) -> None:
    """Call the step at hand something else, now that more is known."""
    if _spans is not None:
        _spans.rename(name)


def headers() -> dict[str, str]:
    """For a message that the step at hand sends: its traceparent, if it is traced."""
    traceparent = _spans.current() if _spans is not None else None
    return {HEADER: traceparent} if traceparent else {}


def parent_of(properties: Mapping[str, Any]) -> str | None:
    """What a message's sender wrote there."""
    if _spans is None:
        return None
    found = (properties.get("application_headers") or {}).get(HEADER)
    return found if isinstance(found, str) else None


def resume(headers: Mapping[str, str]) -> None:
    """Let what this thread does from now on be under the step that `headers` are of."""
    if _spans is not None and HEADER in headers:
        _spans.resume(headers[HEADER])


def mark(name: str, correlation_id: str) -> str | None:
    """A step that is over at once, of a request that is not at hand; its traceparent, if it is traced."""
    with step(name, correlation_id=correlation_id):
        return headers().get(HEADER)


def came_with(properties: Mapping[str, Any], events: Sequence[tuple[str, int]]) -> None:
    """Keep what a message's sender wrote of its events, by id and position, until they are reacted to."""
    if _spans is None:
        return
    headers = properties.get("application_headers") or {}
    of_batch = headers.get(BATCH_HEADER)
    for event_id, position in events:
        found = of_batch.get(str(position)) if isinstance(of_batch, dict) else headers.get(HEADER)
        if isinstance(found, str):
            _carried[event_id] = found
    while len(_carried) > _REMEMBERED:
        _carried.popitem(last=False)


def carried(event_id: str) -> str | None:
    """The traceparent that came with an event."""
    return _carried.get(event_id) if _spans is not None else None
