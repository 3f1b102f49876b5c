"""Exports for analysts: `<format>/<service.Type>/day=YYYY-MM-DD/part-NNNNN.<format>` and a manifest.

Everything is written to `<out>.partial` and gets its name at the end, so a folder with a manifest is a whole export.
Two exports share no name of anything: join within one, never across. Rows are in no order that would tell positions.
The logs are read twice: first to count who shares what, then to write what enough people share (crowds.py).
An export that grows (grow.py) is one export, counted as a whole: what it withheld comes once enough people share it.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.analytics.checksums import sha256
from shared.analytics.columns import Time, columns, plain, row
from shared.analytics.crowds import Crowds
from shared.analytics.files import WRITERS, Row
from shared.analytics.manifest import Manifest, by_service, positions_of, types, withheld, write_manifest
from shared.analytics.pseudonyms import Pseudonyms
from shared.analytics.source import Logs, Place, heads, places
from shared.contracts.catalogue import EVENTS
from shared.kernel.clock import Clock, to_text
from shared.kernel.events import Event
from shared.runtime.faults import Fault

FORMATS: Mapping[str, tuple[str, ...]] = {"parquet": ("parquet",), "jsonl": ("jsonl",), "both": ("parquet", "jsonl")}

Progress = Callable[[int], object]

_HELD_ROWS = 20_000
_shuffle = random.SystemRandom().shuffle


class Export:
    """One export into `folder`, at most 20,000 rows in memory. `earlier` is the manifest of the export that grows."""

    def __init__(
        self,
        logs: Logs,
        folder: Path,
        formats: Sequence[str],
        clock: Clock,
        time: Time = "hour",
        names: Pseudonyms | None = None,
        earlier: Manifest | None = None,
    ) -> None:
        self.logs = logs
        self._folder = folder.resolve()
        self.partial = self._folder.with_name(self._folder.name + ".partial")
        self._formats = formats
        self._clock = clock
        self._time = time
        self.names = names or Pseudonyms()
        self._crowds = Crowds(time)
        self._rows: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        self._held = 0
        self._seen = 0
        self._before = positions_of(earlier) if earlier else {}
        self._files: list[dict[str, Any]] = list(earlier["files"]) if earlier else []
        self._parts = Counter(file["path"].rpartition("/")[0] for file in self._files)
        self._counts = Counter({name: known["events"] for name, known in earlier["types"].items()} if earlier else {})

    def run(
        self, after: Mapping[Place, int], upto: Mapping[Place, int], progress: Progress = lambda _: None
    ) -> Manifest:
        """Write what lies past `after` up to `upto` into `<folder>.partial`, and answer with the manifest.

        Raises Fault, OSError.
        """
        shutil.rmtree(self.partial, ignore_errors=True)
        self.partial.mkdir(parents=True)
        self._count({}, self._before, progress)
        self._crowds.mark()
        self._count(after, upto, progress)
        if self._crowds.grown:
            self._write_those(self._crowds.late, {}, self._before, progress)
        self._write_those(self._crowds.enough, after, upto, progress)
        self._flush()
        manifest = self._manifest({} if self._before else after, upto)
        write_manifest(self.partial, manifest)
        return manifest

    def publish(self) -> None:
        """What was written gets its name."""
        self.partial.replace(self._folder)

    def _count(self, after: Mapping[Place, int], upto: Mapping[Place, int], progress: Progress) -> None:
        for event in self._events(after, upto, progress):
            self._crowds.count(event, plain(event, self._time))
            self._seen += 1

    def _write_those(
        self,
        shown: Callable[[Event], bool],
        after: Mapping[Place, int],
        upto: Mapping[Place, int],
        progress: Progress,
    ) -> None:
        for event in self._events(after, upto, progress):
            if shown(event):
                self._add(event)

    def _events(self, after: Mapping[Place, int], upto: Mapping[Place, int], progress: Progress) -> Iterator[Event]:
        """Those of known types; of another nobody could say what of it is harmless."""
        for place in places(self.logs):
            service, partition = place
            end = upto.get(place, 0)
            if after.get(place, 0) >= end:
                continue
            for commit in self.logs[service].replay(partition, after.get(place, 0)):
                if commit.position > end:
                    break
                yield from (event for event in commit.events if event.name in EVENTS)
                progress(1)

    def _add(self, event: Event) -> None:
        shown = row(event, self.names, self._time)
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
            self._counts[name] += len(rows)
        self._rows.clear()
        self._held = 0

    def _write(self, form: str, name: str, day: str, rows: list[Row]) -> None:
        folder = f"{form}/{name}/day={day}"
        path = self.partial / folder / f"part-{self._parts[folder]:05}.{form}"
        self._parts[folder] += 1
        path.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[form](path, columns(name), rows)
        self._files.append(
            {
                "path": path.relative_to(self.partial).as_posix(),
                "rows": len(rows),
                "bytes": path.stat().st_size,
                "sha256": sha256(path),
            }
        )

    def _manifest(self, after: Mapping[Place, int], upto: Mapping[Place, int]) -> Manifest:
        return {
            "export_id": self.names.export_id,
            "made_at": to_text(self._clock.now()),
            "formats": list(self._formats),
            "time": self._time,
            "since": by_service(self.logs, after),
            "positions": by_service(self.logs, upto),
            "events": self._counts.total(),
            "withheld": withheld(self._seen - self._counts.total()),
            "types": types(self._counts),
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
    progress: Progress = lambda _: None,
) -> Manifest:
    """Export everything that is there now, past `after` where it is given, into a new folder; the manifest of it.

    `progress` is told of every commit twice. Raises Fault, OSError, LogUnavailable.
    """
    refuse_what_is_there(folder)
    job = Export(logs, folder, formats, clock, time)
    manifest = job.run(after or {}, heads(logs), progress)
    job.publish()
    return manifest


def refuse_what_is_there(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Fault(f"{folder} is not empty: name a new folder for the export.")
