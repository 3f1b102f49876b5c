"""What was measured: the table of docs/benchmarks.md, and the bytes in docs/scale.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_ROW = re.compile(r"^\| (?P<id>B\d+) \| (?P<work>[^|]+) \| (?P<number>[\d.,]+) (?P<unit>[^|]+) \|", re.MULTILINE)
_PROCESSORS = re.compile(r"(\d+) processors")


class NotMeasured(Exception):
    """A figure that the model rests on is not in the table; the message names it."""


@dataclass(frozen=True)
class Measured:
    """Times in seconds, of one processor where they are `cpu`; rates a second; bytes per commit or document."""

    sequencer: float
    journal: float
    per_commit: float
    cpu_command: float
    cpu_heard: float
    cpu_read: float
    delivery: float
    rebuild: float
    lag_p50: float
    lag_p99: float
    http_p99: float
    processors: int
    log_bytes: Mapping[str, float]
    views_bytes: float
    message_bytes: float
    assignment: float
    """Of 4,000 to 4,000."""


def measured(benchmarks: Path, sizes: Path) -> Measured:
    """Raises NotMeasured."""
    text = benchmarks.read_text()
    table = {(found["id"], found["work"]): float(found["number"].replace(",", "")) for found in _ROW.finditer(text)}
    processors = _PROCESSORS.search(text)

    def of(id: str, work: str) -> float:
        if (id, work) not in table:
            raise NotMeasured(f"{benchmarks.name} has no row {id}, {work!r}.")
        return table[id, work]

    if processors is None:
        raise NotMeasured(f"{benchmarks.name} does not say how many processors it was measured on.")
    cores = int(processors[1])
    green = of("B1", "append, 64 writers, green threads")
    journal = _journal(of("B1", "append, 16 writers"), of("B1", "append, 64 writers"))
    if journal <= 0:
        raise NotMeasured("Of B1, the rounds of 16 and of 64 writers do not tell what a batch takes: measure again.")
    http, heard = (of("B5", f"HTTP command, 50 clients, {who} listening") for who in ("nobody", "four services"))
    kept = json.loads(sizes.read_text())
    stored = kept["services"]
    events = sum(one["events"] for one in stored.values())
    views = sum(one["view_documents"] * (one["view_document"] + one["view_indexes"]) for one in stored.values())
    return Measured(
        sequencer=green,
        journal=journal,
        per_commit=max(0.0, 1 / green - journal / 64),
        cpu_command=cores / http,
        cpu_heard=(cores / heard - cores / http) / 4,
        cpu_read=cores / of("B6", "HTTP read, 50 clients"),
        delivery=of("B2", "event to effect"),
        rebuild=of("B7", "rebuild of the largest view (messages)"),
        lag_p50=of("B4", "append to visible elsewhere, 200 events/s, p50") / 1000,
        lag_p99=of("B4", "append to visible elsewhere, 200 events/s, p99") / 1000,
        http_p99=of("B5", "HTTP command, 50 clients, nobody listening, p99") / 1000,
        processors=cores,
        log_bytes={name: one["log"] + one["log_indexes"] for name, one in stored.items()},
        views_bytes=views / events,
        message_bytes=sum(one["events"] * one["message"] for one in stored.values()) / events,
        assignment=kept["assignment_seconds"]["4000"],
    )


def _journal(few: float, many: float) -> float:
    """Seconds of a batch that do not depend on its length: the line through the rounds of 16 and of 64 writers."""
    return 16 / few - 16 * (64 / many - 16 / few) / 48
