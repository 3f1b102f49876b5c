"""Projects a service's own log into its own views, without the broker: so a service reads its own writes even when
the bus is away."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from shared.bus.port import Sink, Transient
from shared.eventlog import EventLog, LogUnavailable

_log = structlog.get_logger(__name__)

Wait = Callable[[int, int, float], bool]
"""`(partition, after, seconds)`: whether something is past the position, at once when it comes, else in the end."""

_BATCH = 500
_PAUSE = 0.5


class Tailer:
    """Follows one partition of the own log; `run` returns after `stop`."""

    def __init__(self, log: EventLog, partition: int, sink: Sink, wait: Wait) -> None:
        self._log = log
        self.partition = partition
        self._sink = sink
        self._wait = wait
        self._stopping = threading.Event()
        self.position = 0

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except (Transient, LogUnavailable) as error:
                _log.warning("tailer waits", service=self._log.service, partition=self.partition, why=str(error))
            except Exception as error:  # noqa: BLE001 (whatever it was, the own views must go on)
                why = type(error).__name__
                _log.error("tailer failed", service=self._log.service, partition=self.partition, error=why)
            self._stopping.wait(_PAUSE)

    def stop(self) -> None:
        self._stopping.set()

    def _follow(self) -> None:
        service = self._log.service
        self.position = self._sink.watermark(service, self.partition)
        while not self._stopping.is_set():
            commits = self._log.feed(self.partition, self.position, _BATCH)
            if commits:
                self._sink.apply(service, self.partition, [event for commit in commits for event in commit.events])
                self.position = commits[-1].position
            if len(commits) < _BATCH:
                self._wait(self.partition, self.position, _PAUSE)
