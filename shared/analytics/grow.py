"""An export that grows: each time, what came since goes into the same folder under the same pseudonyms.

Its manifest is replaced last, so whoever reads what the manifest names reads a whole export. What a run that was
killed left behind is named by none, and is removed by the next.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.analytics.columns import Time
from shared.analytics.export import Export, Progress, refuse_what_is_there
from shared.analytics.manifest import MANIFEST, Manifest, positions_of, read_manifest
from shared.analytics.pseudonyms import Pseudonyms, read_key, write_key
from shared.analytics.source import Logs, heads
from shared.kernel.clock import Clock
from shared.runtime.faults import Fault


def grow(
    logs: Logs,
    folder: Path,
    key_file: Path,
    formats: Sequence[str],
    clock: Clock,
    *,
    time: Time = "hour",
    progress: Progress = lambda _: None,
) -> Manifest:
    """Begin an export with a new key in `key_file`, or add to one; it keeps the formats and times it began with.

    Raises Fault, OSError, LogUnavailable.
    """
    folder = folder.resolve()
    if folder in key_file.resolve().parents:
        raise Fault(f"Keep the key apart from the export: {key_file} lies in {folder}.")
    if not (folder / MANIFEST).exists():
        refuse_what_is_there(folder)
        if not key_file.exists():
            return _begin(Export(logs, folder, formats, clock, time), key_file, progress)
        _name_what_was_whole(folder, key_file)
    with _alone(key_file):
        return _add(logs, folder, read_key(key_file), clock, progress)


def _begin(job: Export, key_file: Path, progress: Progress) -> Manifest:
    manifest = job.run({}, heads(job.logs), progress)
    write_key(key_file, job.names.key)
    job.publish()
    return manifest


def _name_what_was_whole(folder: Path, key_file: Path) -> None:
    """A first run that was killed when it had its key, but its folder had no name yet."""
    partial = folder.with_name(f"{folder.name}.partial")
    found = read_manifest(partial / MANIFEST)["export_id"] if (partial / MANIFEST).exists() else ""
    if found != Pseudonyms(read_key(key_file)).export_id:
        raise Fault(f"{key_file} is there already: every export has a key of its own, so name a new file.")
    partial.replace(folder)


@contextlib.contextmanager
def _alone(key_file: Path) -> Iterator[None]:
    """Two at once would write into the same folder."""
    if not key_file.exists():
        raise Fault(f"{key_file} is not there: without its key an export cannot grow.")
    with key_file.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Fault("This export grows already: wait until that is done.") from None
        yield


def _add(logs: Logs, folder: Path, key: bytes, clock: Clock, progress: Progress) -> Manifest:
    earlier, names = read_manifest(folder / MANIFEST), Pseudonyms(key)
    if earlier["export_id"] != names.export_id:
        raise Fault(f"This is the key of another export than {folder}.")
    if earlier["positions"].keys() - logs.keys():
        raise Fault("An export grows with all of the services it began with.")
    _remove_what_is_named_nowhere(folder, earlier)
    job = Export(logs, folder, earlier["formats"], clock, earlier["time"], names, earlier)
    manifest = job.run(positions_of(earlier), heads(logs), progress)
    _join(job.partial, folder)
    return manifest


def _remove_what_is_named_nowhere(folder: Path, earlier: Manifest) -> None:
    named = {file["path"] for file in earlier["files"]}
    for path in folder.rglob("part-*"):
        if path.relative_to(folder).as_posix() not in named:
            path.unlink()


def _join(new: Path, folder: Path) -> None:
    """The files first, then the manifest that names them."""
    for path in new.rglob("part-*"):
        to = folder / path.relative_to(new)
        to.parent.mkdir(parents=True, exist_ok=True)
        path.replace(to)
    (new / MANIFEST).replace(folder / MANIFEST)
    shutil.rmtree(new)
