"""A folder of backups, each in a folder named after its moment (UTC); those that are past their time go."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.analytics.backup.files import MANIFEST

_NAME = "%Y-%m-%dT%H-%M-%SZ"
_INTERRUPTED = timedelta(days=1)
"""A copy without a manifest may still be being made; after so long it is not."""


def place(folder: Path, now: datetime) -> Path:
    """Where the backup of this moment goes."""
    return folder / f"{now:{_NAME}}"


def clear(folder: Path, now: datetime, keep: timedelta) -> int:
    """Delete backups that are older than that, and what interrupted ones left. Answers how many. Raises OSError."""
    gone = [found for found in folder.glob("*/") if (made := _made(found)) and made + _kept(found, keep) < now]
    for old in gone:
        (old / MANIFEST).unlink(missing_ok=True)  # first, so that what is half deleted is no backup
        shutil.rmtree(old)
    return len(gone)


def _kept(backup: Path, keep: timedelta) -> timedelta:
    return keep if (backup / MANIFEST).exists() else min(keep, _INTERRUPTED)


def _made(backup: Path) -> datetime | None:
    """None where the folder is none of ours."""
    try:
        return datetime.strptime(backup.name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
