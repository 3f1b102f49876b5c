"""HEARTBEAT_FILE: what a process touches while it gets round to it, for whoever starts hanging processes again.

A broker or store that is away does not stop it: only a process that hangs does, and that is what a new start mends.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

EVERY = 5.0
"""Seconds."""
STILL_ALIVE = 60.0
"""Seconds after a beat, in which a process may be busy."""


def begin(environment: Mapping[str, str] = os.environ) -> None:
    """From now on; nothing where no file is named. Under eventlet the hub has to turn for each beat. Raises OSError."""
    if not (name := environment.get("HEARTBEAT_FILE")):
        return
    file = Path(name)
    file.touch()
    threading.Thread(target=_beat, args=(file,), name="heartbeat", daemon=True).start()


def alive(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the process that was started with this environment beat of late; True where no file is named."""
    if not (name := environment.get("HEARTBEAT_FILE")):
        return True
    try:
        return time.time() - Path(name).stat().st_mtime < STILL_ALIVE
    except OSError:
        return False


def _beat(file: Path) -> None:
    while True:
        time.sleep(EVERY)
        file.touch()
