"""Small files that are either the old or the new state, never half of one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

OWNER_ONLY = 0o600
AS_USUAL = 0o666
"""Who may read it is for the umask to say."""


def write_text(path: Path, text: str, mode: int = OWNER_ONLY) -> None:
    """Replace a file at once, readable by its owner only unless said otherwise."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def write(path: Path, data: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(data, indent=1))


def read(path: Path) -> dict[str, Any]:
    """What was written, or {} where there is nothing or nothing readable."""
    try:
        return cast("dict[str, Any]", json.loads(path.read_text()))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
