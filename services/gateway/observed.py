"""How far logs, relays and views are, and since when something waits: what services answer to `progress`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from shared.kernel.events import Data
from shared.views.progress import lags

Values: TypeAlias = Mapping[Any, float]
"""By a tuple of the labels' values."""

_KEPT = 2000


def gauge(name: str, meaning: str, labels: Sequence[str], values: Values) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for place, value in values.items():
        family.add_metric(place, value)
    return family


class Heads:
    """When a log was first seen how far: so the age of what is not applied yet is known without reading events."""

    def __init__(self) -> None:
        self._positions: list[int] = []
        self._at: list[float] = []

    def note(self, head: int, now: float) -> None:
        if not self._positions or head > self._positions[-1]:
            self._positions.append(head)
            self._at.append(now)
            del self._positions[:-_KEPT], self._at[:-_KEPT]

    def waiting(self, position: int, now: float) -> float:
        """Seconds since a look first found something past `position`; 0 where there is nothing."""
        first = bisect_right(self._positions, position)
        return now - self._at[first] if first < len(self._at) else 0.0


class Observed:
    """The state of all services, as it was said last."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._heads: dict[tuple[str, int], Heads] = {}
        self._found: Mapping[str, Data] = {}

    def hear(self, found: Mapping[str, Data]) -> None:
        self._found = found
        for service, one in self._far().items():
            for number, head in enumerate(one["heads"]):
                self._heads.setdefault((service, number), Heads()).note(head, self._now())

    def _far(self) -> dict[str, Data]:
        return {service: one for service, one in self._found.items() if "heads" in one}

    def _relays(self) -> dict[tuple[str, int], tuple[int, int]]:
        """Per (service, partition): the head, and how far the relay is."""
        return {
            (service, number): (head, one["relayed"][number])
            for service, one in self._far().items()
            for number, head in enumerate(one["heads"])
        }

    def families(self) -> Iterator[Metric]:
        """Services that say nothing have `service_up` 0, and nothing else."""
        far, relays = self._far(), self._relays()
        yield gauge("service_up", "1 where it answers", ("service",), {(s,): bool(f) for s, f in self._found.items()})
        answering = [service for service, one in self._found.items() if one]
        yield gauge(
            "service_store_up", "1 where it reaches its store", ("service",), {(s,): s in far for s in answering}
        )
        yield from self._lags(far, relays)
        parked = {(service,): one["parked"] for service, one in far.items()}
        yield gauge("parked_events", "Events and messages in parking", ("service",), parked)
        waits = {(service, what): age for service, one in far.items() for what, age in one.get("waits", {}).items()}
        yield gauge("waits_seconds", "Age of the oldest that waits: timers, mail, cases", ("service", "what"), waits)
        for name, meaning, of in (
            ("log_bytes", "Room that the log takes", "log"),
            ("store_disk_bytes", "Size of the disk that the store is on", "disk"),
            ("store_disk_used_bytes", "What of it is used", "used"),
        ):
            room = {(service,): one["room"][of] for service, one in far.items() if one.get("room")}
            yield gauge(name, meaning, ("service",), room)

    def _lags(self, far: Mapping[str, Data], relays: Mapping[tuple[str, int], tuple[int, int]]) -> Iterator[Metric]:
        """In commits, and in seconds as far back as this process knows."""
        now = self._now()
        place, views = ("service", "partition"), ("service", "source", "partition")
        heads = {(s, str(n)): float(head) for (s, n), (head, _) in relays.items()}
        yield gauge("log_position", "Last commit of a service's log", place, heads)
        behind = {(s, str(n)): max(0, head - relayed) for (s, n), (head, relayed) in relays.items()}
        yield gauge("relay_lag", "Commits that the broker has not confirmed yet", place, behind)
        waits = {(s, str(n)): self._heads[s, n].waiting(relayed, now) for (s, n), (_, relayed) in relays.items()}
        yield gauge("relay_wait_seconds", "For how long the oldest of them waits", place, waits)
        lag = {(s, source, str(n)): float(count) for (s, source, n), count in lags(far).items()}
        yield gauge("view_lag", "Commits of a source not yet applied", views, lag)
        ages = {
            (s, source, number): self._heads[source, int(number)].waiting(far[s]["applied"][f"{source}.{number}"], now)
            for s, source, number in lag
        }
        yield gauge("view_wait_seconds", "For how long the oldest of them waits", views, ages)
