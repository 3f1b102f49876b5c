"""What Prometheus reads: what this process and the services counted, and how far they are.

Labels are words of closed lists: route templates, services, statuses, processes; never an id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from prometheus_client import Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric

from services.gateway.observed import Observed, gauge
from services.gateway.routes import ROUTES
from shared.kernel.events import Data
from shared.watch import counts

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFETY = frozenset(route.path for route in ROUTES if counts.watched(route.service, route.name) == "safety")
_FORGOTTEN_AFTER = 600.0
"""Seconds that a process may be silent: of several replicas one answers at a time."""

_OWN = {
    "gateway_streams": "Open live streams",
    "gateway_broker_up": "1 while connected to the broker",
    "gateway_standing_fresh": "1 while the list of suspended people is fresh",
}

_requests = Counter("gateway_requests", "Requests answered", ("method", "route", "status"), registry=counts.REGISTRY)
_seconds = Histogram(
    "gateway_request_seconds",
    "Time to the start of the answer",
    ("route",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=counts.REGISTRY,
)


def watched_route(route: str) -> str:
    """The name under which a route is counted: those for people's safety are one (BL-04)."""
    return "safety" if route in _SAFETY else route


@cache
def _counters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Finding a labelled child costs more than counting; their number is closed."""
    known = "any" if route in _SAFETY else method if method in _METHODS else "other"
    route = watched_route(route)
    return _requests.labels(known, route, str(status)), _seconds.labels(route)


class Metrics:
    """What one process of the gateway shows."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._counted: dict[str, tuple[float, counts.Families]] = {}
        self._observed = Observed(now)
        self._own: dict[str, float] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        requests, took = _counters(method, route, status)
        requests.inc()
        took.observe(seconds)

    def is_now(self, streams: int, *, broker: bool, standing: bool) -> None:
        """How this process is."""
        self._own = dict(zip(_OWN, (streams, broker, standing), strict=True))

    def progressed(self, found: Mapping[str, Data]) -> None:
        """What each service says; empty for one that says nothing."""
        now = self._now()
        for one in found.values():
            if "process" in one:  # a service of an earlier release says only how far it is
                self._counted[one["process"]] = (now, one["counted"])
        self._counted = {p: said for p, said in self._counted.items() if now - said[0] <= _FORGOTTEN_AFTER}
        self._observed.hear(found)

    def collect(self) -> Iterator[Metric]:
        heard = {process: families for process, (_, families) in self._counted.items()}
        yield from counts.merged({**heard, counts.PROCESS: counts.families()})
        for name, meaning in _OWN.items():
            yield gauge(name, meaning, ("process",), {(counts.PROCESS,): self._own.get(name, 0)})
        yield from self._observed.families()

    def text(self) -> bytes:
        return generate_latest(self)
