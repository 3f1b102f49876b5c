"""Commits for tests of the log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.kernel.events import Commit, NewCommit, StoredEvent
from shared.kernel.ids import new_id


def new_commit(
    stream: str,
    expected_seq: int = 0,
    *,
    command_id: str | None = None,
    data: Iterable[dict[str, Any]] = ({"note": 1},),
    version: int = 1,
    fingerprint: str | None = None,
) -> NewCommit:
    """A commit with one event `Happened` for each of `data`."""
    command_id = command_id or new_id()
    events = tuple(StoredEvent(new_id(), "Happened", version, item) for item in data)
    return NewCommit(
        stream, expected_seq, events, command_id, new_id(), None, "ada", "2026-01-01T00:00:00.000Z", fingerprint
    )


def positions(commits: Iterable[Commit]) -> list[int]:
    return [commit.position for commit in commits]
