"""The history of a run: what was asked, what came back, what was seen. JSON Lines, written outside what is killed.

Kinds of notes, each with `note` and `at` (seconds since the run began):

- `ask` {service, command, id} · `ack` {service, id, partition, position} (position 0: nothing had to happen)
  · `refused` {service, id, slug} · `unknown` {service, id}: no answer, or one that says that nobody knows
- `tail` {reader, service, partition, position}: a reader that follows all along saw this commit
- `as-of` {service, partition, upto, digest}: what the log was up to a position, asked at any time
- `fault` {point, how}: what was done to the system · `healed` {point[, service]}: it was taken back, or came back
- `answer` {who, pair, canaries}: the marked words that an answer about a pair held
- `caught-up` {consumer, source, partition}: its watermark reached the end after the last fault
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO

Note = dict[str, Any]


class History:
    """Writes notes. Each is flushed at once, so that whoever is killed next leaves what was noted before."""

    def __init__(self, file: TextIO, clock: Callable[[], float]) -> None:
        self._file = file
        self._clock = clock

    def note(self, kind: str, **fields: Any) -> None:
        """Write `{note: kind, at, **fields}`."""
        line = json.dumps({"note": kind, "at": round(self._clock(), 3), **fields}, separators=(",", ":"))
        self._file.write(line + "\n")
        self._file.flush()


def read(lines: Iterable[str]) -> Iterator[Note]:
    """The notes of a file; a last line that was cut is left out."""
    return (json.loads(line) for line in lines if line.endswith("\n"))


def of_kind(history: Iterable[Note], *kinds: str) -> list[Note]:
    """The notes of these kinds, in order."""
    return [note for note in history if note["note"] in kinds]
