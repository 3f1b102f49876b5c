"""Logs: one JSON object a line, allow-listed fields only, so that no personal word gets in by accident (SE-21)."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

from shared.watch.correlation import correlation_id

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "service", "partition", "partitions", "position", "event_id",
        "event_name", "why", "queue", "size", "what", "error", "where", "command", "slug", "attempts", "attempt",
        "worker", "route", "method", "status", "duration_ms", "correlation_id", "channel", "kind", "count",
        "version", "source", "state", "address", "port", "pid", "seconds", "retry_in", "routing_key", "final",
    }
)  # fmt: skip


def _allow(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the fields that are known to hold no personal word; of an exception only its type is logged."""
    record = entry.pop("_record", None)
    entry.pop("_from_structlog", None)
    if record is not None:
        for name in ALLOWED & vars(record).keys():
            entry.setdefault(name, vars(record)[name])
    if (of_request := correlation_id()) is not None:
        entry.setdefault("correlation_id", of_request)
    return {name: value for name, value in entry.items() if name in ALLOWED}


class _Lines(structlog.BytesLogger):
    """Writes lines to standard error past the machinery of `logging`, which would cost more than all else in it."""

    def __init__(self, name: str = "") -> None:
        super().__init__(sys.stderr.buffer)
        self.name = name


def configure(level: str = "INFO") -> None:
    """Send everything, the libraries' logs included, to standard error as JSON."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, _allow, structlog.processors.JSONRenderer(serializer=orjson.dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[_allow, structlog.processors.JSONRenderer()], foreign_pre_chain=shared
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("amqp", "kombu", "nameko", "pymongo", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
