"""Fires what is due: stored due times, each once, caught up once after downtime (P-21)."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Any

import structlog

from shared.application.application import Application
from shared.kernel.clock import to_text
from shared.kernel.errors import Refusal, Unavailable
from shared.kernel.ids import derive

_log = structlog.get_logger(__name__)

_LOOK_EVERY = 0.25
_RENEW_EVERY = 3.0
_AGAIN_AFTER = 60.0
"""Seconds after which something is fired again that is still due: the view was behind, or it did not succeed."""
_REMEMBERED = 100_000


class Timers:
    """Looks at the view of due times. Firing twice is harmless: the command's id follows from what was due when."""

    def __init__(self, app: Application, lease: Any) -> None:
        self._app = app
        self._lease = lease
        self._stopping = threading.Event()
        self._fired: OrderedDict[tuple[str, str], float] = OrderedDict()

    def run(self) -> None:
        renewed, mine = float("-inf"), False
        while not self._stopping.wait(_LOOK_EVERY):
            if time.monotonic() - renewed > _RENEW_EVERY:
                mine, renewed = self._lease.held(), time.monotonic()
            if mine:
                self._fire()

    def stop(self) -> None:
        self._stopping.set()
        self._lease.release()

    def _fire(self) -> None:
        try:
            now = to_text(self._app.clock.now())
            due = self._app.reads.find(str(self._app.table.due_view), {"at": {"$lte": now}}, order="at")
            for document in due:
                fired = self._fired.get((document["id"], document["at"]), float("-inf"))
                if time.monotonic() - fired > _AGAIN_AFTER:
                    self._fire_one(document)
        except Unavailable:
            _log.warning("timers wait for the store", service=self._app.table.name)
        except Exception as error:  # noqa: BLE001 (whatever it was, the timers must go on)
            _log.error("timers failed", service=self._app.table.name, error=type(error).__name__)

    def _fire_one(self, document: dict[str, Any]) -> None:
        command_id = derive(self._app.table.name, "due", document["id"], document["at"])
        try:
            self._app.follow(document["command"], document["data"], command_id=command_id)
        except Unavailable:
            raise
        except Refusal as refusal:
            _log.warning("timer refused", command=document["command"], slug=refusal.slug)
        except Exception as error:  # noqa: BLE001 (one bad timer must not stop the others)
            _log.error("timer failed", command=document["command"], error=type(error).__name__)
        self._fired[document["id"], document["at"]] = time.monotonic()
        while len(self._fired) > _REMEMBERED:
            self._fired.popitem(last=False)
