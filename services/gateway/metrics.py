"""What Prometheus reads. Labels are words of closed lists: route templates, services, statuses; never an id."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from shared.kernel.events import Data
from shared.views.progress import lags

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The numbers of one process, in a registry of its own."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "gateway_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "gateway_request_seconds",
            "Time to the start of the answer",
            ("route",),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self._registry,
        )
        self.streams = Gauge("gateway_streams", "Open live streams", registry=self._registry)
        self.broker = Gauge("gateway_broker_up", "1 while connected to the broker", registry=self._registry)
        self.standing = Gauge(
            "gateway_standing_fresh", "1 while the list of suspended people is fresh", registry=self._registry
        )

        # Finding a labelled child costs more than counting; their number is closed.
        self._of = cache(self._labelled)

        place = ("service", "partition")
        self._heads = Gauge("log_position", "Last commit of a service's log", place, registry=self._registry)
        self._relay = Gauge(
            "relay_lag", "Commits that the broker has not confirmed yet", place, registry=self._registry
        )
        self._views = Gauge(
            "view_lag",
            "Commits of a source not yet applied",
            ("service", "source", "partition"),
            registry=self._registry,
        )
        self._parked = Gauge("parked_events", "Events and messages in parking", ("service",), registry=self._registry)

    def progressed(self, found: Mapping[str, Data]) -> None:
        """What the services say of their logs, relays and views; a service that says nothing is left out."""
        for gauge in (self._heads, self._relay, self._views, self._parked):
            gauge.clear()
        for service, one in found.items():
            self._parked.labels(service).set(one["parked"])
            for number, head in enumerate(one["heads"]):
                self._heads.labels(service, str(number)).set(head)
                self._relay.labels(service, str(number)).set(max(0, head - one["relayed"][number]))
        for (service, source, number), lag in lags(found).items():
            self._views.labels(service, source, str(number)).set(lag)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        requests, took = self._of(method if method in _METHODS else "other", route, status)
        requests.inc()
        took.observe(seconds)

    def _labelled(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        return self._requests.labels(method, route, str(status)), self._seconds.labels(route)

    def text(self) -> bytes:
        return generate_latest(self._registry)
