"""What a process counts of itself. Labels are words of closed lists: services, requests, outcomes; never an id.

A service has no port for this: its counts go out with its answer to `progress`, and the gateway shows them (ADR 0024).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import Metric

Families: TypeAlias = list[list[Any]]
"""`[name, type, help, [[sample, labels, value], …]]` for each metric, as JSON takes it."""

PROCESS = f"{socket.gethostname()}-{os.getpid()}"
"""Tells the replicas of a service apart: each counts for itself."""

REGISTRY = CollectorRegistry()

_requests = Counter(
    "service_requests",
    "Commands and questions answered",
    ("service", "kind", "request", "outcome"),
    registry=REGISTRY,
)
_seconds = Histogram(
    "service_request_seconds",
    "Time to the answer",
    ("service", "kind", "request"),
    buckets=(0.005, 0.025, 0.1, 0.5, 2.5),
    registry=REGISTRY,
)
_batches = Histogram(
    "log_batch_commits",
    "Commits that one insert took",
    ("service",),
    buckets=(1, 2, 4, 8, 16, 32, 64, 128),
    registry=REGISTRY,
)
_mails = Counter("mails", "Mails handed to the mail server", ("outcome",), registry=REGISTRY)

_SAFETY = frozenset({"block_person", "unblock_person", "my_blocks"})


def watched(service: str, name: str) -> str:
    """The name under which a request is counted. Whoever saw counts of blocks and reports move would learn that
    somebody just blocked or reported (BL-04): with all else that is done for safety they are one number.
    """
    return "safety" if service == "trust_safety" or name in _SAFETY else name


def outcome_of(answer: Mapping[str, Any]) -> str:
    """`done`, `refused`, `unavailable` or `failed`, of `{"ok": …}` or `{"problem": …}`."""
    if "ok" in answer:
        return "done"
    return {503: "unavailable", 500: "failed"}.get(answer["problem"]["status"], "refused")


def answered(service: str, kind: str, request: str, outcome: str, seconds: float) -> None:
    """A command or question: `request` is a name that `watched` gave, or `unknown`."""
    requests, took = _of_request(service, kind, request, outcome)
    requests.inc()
    took.observe(seconds)


def written(service: str, commits: int) -> None:
    """One insert into the log."""
    _of_log(service).observe(commits)


def mailed(outcome: str) -> None:
    """`taken`, `not-taken` or `away`."""
    _mails.labels(outcome).inc()


# Finding a labelled child costs more than counting; their number is closed.


@cache
def _of_request(service: str, kind: str, request: str, outcome: str) -> tuple[Counter, Histogram]:
    return _requests.labels(service, kind, request, outcome), _seconds.labels(service, kind, request)


@cache
def _of_log(service: str) -> Histogram:
    return _batches.labels(service)


def families(registry: CollectorRegistry = REGISTRY) -> Families:
    """All that was counted so far."""
    return [[m.name, m.type, m.documentation, list(_samples(m))] for m in registry.collect()]


def _samples(metric: Metric) -> Iterator[list[Any]]:
    for sample in metric.samples:
        if not sample.name.endswith("_created"):
            yield [sample.name, dict(sample.labels), sample.value]


def merged(counted: Mapping[str, Families]) -> Iterable[Metric]:
    """What several processes counted, by their names, each with the name of its process as a label."""
    found: dict[str, Metric] = {}
    for process, metrics in counted.items():
        for name, kind, meaning, samples in metrics:
            metric = found.setdefault(name, Metric(name, meaning, kind))
            for sample, labels, value in samples:
                metric.add_sample(sample, {**labels, "process": process}, value)
    return found.values()
