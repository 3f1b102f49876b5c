"""What is there when a run is over and all is at rest: what the checker looks at beside the history."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from shared.kernel.events import Commit, Event

Place = tuple[str, str, int]
"""Consumer, source, partition."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A stored due time. `moved`: another event took it away before it fired. Moments as text."""

    service: str
    command_id: str
    due: str
    moved: bool = False


@dataclass
class Final:
    """What is there when all is at rest.

    `commits`: all logs, each partition in the order of the store. `ends`: the watermark of each consumer.
    `effects`: per consumer, how often each event id took effect. `order`: per consumer and source stream, the
    (position, index) of effects as they came. `chains`: count and digest that trust_safety keeps per source and
    partition. `live`, `rebuilt`: documents by service, view and id. `poison`: event ids that were made to fail.
    `now`: when the run ended. `healed`: when the last fault was over. `traces`: per place ("database …", "queue …",
    "parked …", "log …", "export …", "answer …") the canaries that were found there in clear, `erased` those of people
    who were erased, `canary_of` the pair of each. `baseline`, `resources`: connections, channels, files, memory (MB)
    at first and at rest.
    """

    commits: list[Commit] = field(default_factory=list)
    ends: dict[Place, int] = field(default_factory=dict)
    effects: dict[str, dict[str, int]] = field(default_factory=dict)
    order: dict[str, dict[str, list[tuple[int, int]]]] = field(default_factory=dict)
    queues: dict[str, int] = field(default_factory=dict)
    parked: dict[str, set[str]] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)
    chains: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    live: dict[str, Any] = field(default_factory=dict)
    rebuilt: dict[str, Any] = field(default_factory=dict)
    deadlines: list[Deadline] = field(default_factory=list)
    now: str = "2026-01-01T00:00:00.000Z"
    healed: str = "2026-01-01T00:00:00.000Z"
    traces: dict[str, set[str]] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    canary_of: dict[str, str] = field(default_factory=dict)
    baseline: dict[str, float] = field(default_factory=dict)
    resources: dict[str, float] = field(default_factory=dict)

    def partitions(self) -> dict[tuple[str, int], list[Commit]]:
        found: dict[tuple[str, int], list[Commit]] = defaultdict(list)
        for commit in self.commits:
            found[commit.service, commit.partition].append(commit)
        return found

    def heard_by(self, consumer: str) -> list[Event]:
        """Every event of the sources that a consumer reads."""
        places = {(source, partition) for who, source, partition in self.ends if who == consumer}
        return [e for c in self.commits if (c.service, c.partition) in places for e in c.events]
