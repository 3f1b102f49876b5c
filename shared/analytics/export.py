"""Exports for analysts: `<format>/<service.Type>/day=YYYY-MM-DD/part-NNNNN.<format>` and a manifest.

Everything is written to `<out>.partial` and gets its name at the end, so a folder with a manifest is a whole export.
Two exports share no name of anything: join within one, never across. Rows are in no order that would tell positions.
The logs are read twice: first to count who shares what, then to write what enough people share (crowds.py).
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.analytics.columns import Time, columns, row
from shared.analytics.crowds import LEAST, Crowds
from shared.analytics.files import WRITERS, Row, sha256
from shared.analytics.pseudonyms import Pseudonyms
from shared.analytics.source import Logs, Place, heads, places
from shared.contracts.catalogue import EVENTS
from shared.kernel.clock import Clock, to_text
from shared.kernel.events import Event
from shared.runtime.faults import Fault

MANIFEST = "manifest.json"
FORMATS: Mapping[str, tuple[str, ...]] = {"parquet": ("parquet",), "jsonl": ("jsonl",), "both": ("parquet", "jsonl")}

_HELD_ROWS = 20_000
_shuffle = random.SystemRandom().shuffle


class Export:
    """One export into `folder`, which must not be there yet or be empty. Holds at most 20,000 rows in memory."""

    def __init__(self, logs: Logs, folder: Path, formats: Sequence[str], clock: Clock, time: Time = "hour") -> None:
        self._logs = logs
        self._folder = folder.resolve()
        self._partial = self._folder.with_name(self._folder.name + ".partial")
        self._formats = formats
        self._clock = clock
        self._time = time
        self._names = Pseudonyms()
        self._crowds = Crowds(time)
        self._rows: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        self._held = 0
        self._withheld = 0
        self._parts: Counter[tuple[str, str]] = Counter()
        self._counts: Counter[str] = Counter()
        self._files: list[dict[str, Any]] = []

    def run(
        self, after: Mapping[Place, int], upto: Mapping[Place, int], progress: Callable[[int], object] = lambda _: None
    ) -> dict[str, Any]:
        """Export what lies past `after` up to `upto`, and answer with the manifest. Raises Fault, OSError."""
        if self._folder.exists() and (not self._folder.is_dir() or any(self._folder.iterdir())):
            raise Fault(f"{self._folder} is not empty: name a new folder for the export.")
        shutil.rmtree(self._partial, ignore_errors=True)
        self._partial.mkdir(parents=True)
        for event in self._events(after, upto, progress):
            self._crowds.count(event, row(event, self._names, self._time))
        for event in self._events(after, upto, progress):
            self._add(event)
        self._flush()
        manifest = self._manifest(after, upto)
        (self._partial / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        self._partial.replace(self._folder)
        return manifest

    def _events(
        self, after: Mapping[Place, int], upto: Mapping[Place, int], progress: Callable[[int], object]
    ) -> Iterator[Event]:
        """Those of known types; of another nobody could say what of it is harmless."""
        for service, partition in places(self._logs):
            for commit in self._logs[service].replay(partition, after.get((service, partition), 0)):
                if commit.position > upto[service, partition]:
                    break
                yield from (event for event in commit.events if event.name in EVENTS)
                progress(1)

    def _add(self, event: Event) -> None:
        if not self._crowds.enough(event):
            self._withheld += 1
            return
        shown = row(event, self._names, self._time)
        self._crowds.blank(event, shown)
        self._rows[event.name, self._crowds.period(event)].append(shown)
        self._held += 1
        if self._held >= _HELD_ROWS:
            self._flush()

    def _flush(self) -> None:
        for (name, day), rows in self._rows.items():
            _shuffle(rows)
            for form in self._formats:
                self._write(form, name, day, rows)
            self._parts[name, day] += 1
            self._counts[name] += len(rows)
        self._rows.clear()
        self._held = 0

    def _write(self, form: str, name: str, day: str, rows: list[Row]) -> None:
        path = self._partial / form / name / f"day={day}" / f"part-{self._parts[name, day]:05}.{form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[form](path, columns(name), rows)
        self._files.append(
            {
                "path": path.relative_to(self._partial).as_posix(),
                "rows": len(rows),
                "bytes": path.stat().st_size,
                "sha256": sha256(path),
            }
        )

    def _manifest(self, after: Mapping[Place, int], upto: Mapping[Place, int]) -> dict[str, Any]:
        return {
            "made_at": to_text(self._clock.now()),
            "formats": list(self._formats),
            "time": self._time,
            "since": _by_service(self._logs, after),
            "positions": _by_service(self._logs, upto),
            "events": self._counts.total(),
            "withheld": {"fewer_people_than": LEAST, "events": self._withheld},
            "types": {
                name: {
                    "events": self._counts[name],
                    "version": EVENTS[name].version,
                    "columns": [
                        {"name": known.name, "type": known.kind, "treatment": known.treatment}
                        for known in columns(name)
                    ],
                }
                for name in sorted(self._counts)
            },
            "files": self._files,
        }


def export(
    logs: Logs,
    folder: Path,
    formats: Sequence[str],
    clock: Clock,
    *,
    after: Mapping[Place, int] | None = None,
    time: Time = "hour",
    progress: Callable[[int], object] = lambda _: None,
) -> dict[str, Any]:
    """Export everything that is there now, past `after` where it is given. Answers with the manifest.

    `progress` is told of every commit twice.
    """
    return Export(logs, folder, formats, clock, time).run(after or {}, heads(logs), progress)


def read_positions(path: Path) -> dict[Place, int]:
    """The positions up to which an earlier export went, from its manifest. Raises Fault."""
    try:
        found = json.loads(path.read_text())["positions"]
        return {
            (service, int(partition)): int(position)
            for service, partitions in found.items()
            for partition, position in partitions.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Fault(f"{path} is not the manifest of an export: name the {MANIFEST} of an earlier one.") from None


def _by_service(logs: Logs, positions: Mapping[Place, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {service: {} for service in logs}
    for service, partition in places(logs):
        found[service][str(partition)] = positions.get((service, partition), 0)
    return found
