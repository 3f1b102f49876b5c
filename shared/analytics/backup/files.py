"""A backup as files: `<database>/<collection>.bson`, laid out as mongodump does it, and a manifest that comes last.

A folder without a manifest is no backup: making it was interrupted.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.analytics.checksums import sha256
from shared.kernel.ids import new_id
from shared.runtime.faults import Fault
from shared.runtime.local import records

MANIFEST = "manifest.json"
_VERSION = 1
_LENGTH = 4
"""Bytes of the number that each document in BSON begins with: its length, itself included."""


class Writer:
    """Fills a new folder that only its owner can read. Raises Fault where there is something in it already."""

    def __init__(self, folder: Path, kind: str, made_at: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise Fault(f"{folder} is not empty: name a new folder.")
        self.folder = folder
        self._manifest = {"version": _VERSION, "kind": kind, "id": new_id(), "made_at": made_at}
        self._files: dict[str, dict[str, Any]] = {}

    def put(self, name: str, documents: Iterable[bytes], progress: Callable[[int], object] = lambda _: None) -> None:
        """Write one collection; `name` is `<database>/<collection>`."""
        path = self.folder / f"{name}.bson"
        path.parent.mkdir(exist_ok=True, mode=0o700)
        digest, size, count = hashlib.sha256(), 0, 0
        with open(path, "xb", opener=_private) as file:
            for document in documents:
                file.write(document)
                digest.update(document)
                size, count = size + len(document), count + 1
                progress(1)
            file.flush()
            os.fsync(file.fileno())
        self._files[name] = {"documents": count, "bytes": size, "sha256": digest.hexdigest()}

    def finish(self, **more: Any) -> None:
        """From now on it is a backup."""
        records.write(self.folder / MANIFEST, {**self._manifest, **more, "files": self._files})


class Backup:
    """What `Writer` wrote. Raises Fault where it is not whole or of another kind."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        self.manifest = records.read(folder / MANIFEST)
        if self.manifest.get("version") != _VERSION or self.manifest.get("kind") != kind:
            raise Fault(f"{folder} is no backup of {kind}, or making it was interrupted.")
        self.id = str(self.manifest["id"])
        self._files: Mapping[str, Mapping[str, Any]] = self.manifest["files"]

    def names(self, database: str) -> list[str]:
        """The collections that are there of a database."""
        return [name.partition("/")[2] for name in self._files if name.partition("/")[0] == database]

    def count(self, name: str) -> int:
        return int(self._files[name]["documents"])

    def check(self) -> None:
        """Read every byte. Raises Fault for the first file that is not what was written."""
        for name, known in self._files.items():
            path = self.folder / f"{name}.bson"
            if not path.is_file() or path.stat().st_size != known["bytes"] or sha256(path) != known["sha256"]:
                raise Fault(f"{path} is not what was written: take another backup. Nothing was restored.")

    def documents(self, name: str) -> Iterator[bytes]:
        with (self.folder / f"{name}.bson").open("rb") as file:
            while head := file.read(_LENGTH):
                yield head + file.read(int.from_bytes(head, "little") - _LENGTH)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, records.OWNER_ONLY)
