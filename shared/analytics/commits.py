"""Commits of several logs, up to fixed positions, merged by time and read page by page: safe on a live system."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

from shared.analytics.source import Logs, Place
from shared.kernel.events import Commit


def merged(logs: Logs, after: Mapping[Place, int], upto: Mapping[Place, int]) -> Iterator[Commit]:
    """Every commit past `after` up to and including `upto`, in constant memory. Raises LogUnavailable.

    Each partition is in its own order; where several are level, the one recorded first comes first.
    """
    return heapq.merge(*(_of(logs, place, after.get(place, 0), end) for place, end in upto.items()), key=_order)


def _of(logs: Logs, place: Place, after: int, upto: int) -> Iterator[Commit]:
    service, partition = place
    if after >= upto:
        return
    for commit in logs[service].replay(partition, after):
        yield commit
        if commit.position >= upto:
            return


def _order(commit: Commit) -> tuple[str, str, int, int]:
    return commit.events[0].recorded_at, commit.service, commit.partition, commit.position


def how_many(after: Mapping[Place, int], upto: Mapping[Place, int]) -> int:
    return sum(max(0, end - after.get(place, 0)) for place, end in upto.items())
