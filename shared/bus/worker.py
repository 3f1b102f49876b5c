"""A thread that keeps one connection and does its work on it: reconnects with back-off, stops when told."""

from __future__ import annotations

import logging
import random
import threading
import time

import amqp

from shared.bus.link import Link, Waker
from shared.bus.port import Transient

log = logging.getLogger(__name__)

CONNECTION_ERRORS = (OSError, ValueError, amqp.AMQPError)
"""What a lost connection looks like. ValueError: waiting for a socket that has just been closed."""


class Backoff:
    """Growing pauses with jitter, in seconds."""

    def __init__(self, first: float = 0.1, most: float = 5.0) -> None:
        self._first = first
        self._most = most
        self._next = first

    def reset(self) -> None:
        self._next = self._first

    def next(self) -> float:
        pause = self._next * random.uniform(0.5, 1.0)  # noqa: S311 (jitter, no secret)
        self._next = min(self._next * 2, self._most)
        return pause


class Worker:
    """Subclasses say in `session` what to do on an open link; it returns only when `stopping` is set."""

    stop_after = 2.0
    """Seconds that `stop` gives the work at hand before it cuts the connection."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url
        self.stopping = threading.Event()
        self.connected = False
        self.backoff = Backoff()
        self.waker = Waker()
        self._link: Link | None = None
        self._thread: threading.Thread | None = None

    def session(self, link: Link) -> None:
        raise NotImplementedError

    def lost(self, error: Exception) -> None:
        """Called after every session that failed, and every connection that could not be made."""

    def start(self) -> None:
        self._thread = threading.Thread(target=self.run, name=self.name, daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Work until `stop`; in the thread of the caller."""
        while not self.stopping.is_set():
            try:
                with Link(self.url, self.waker) as link:
                    self._link, self.connected = link, True
                    self.session(link)
            except Exception as error:  # noqa: BLE001 (whatever it was, the work must go on)
                self.connected = False
                self._report(error)
                self.lost(error)
                self.stopping.wait(self.backoff.next())
        self.connected = False

    def stop(self, timeout: float | None = None) -> None:
        """Finish what is at hand, or leave it undone after `timeout` seconds: it is delivered again."""
        deadline = time.monotonic() + (self.stop_after if timeout is None else timeout)
        self.stopping.set()
        self.waker.wake()
        if self._thread is None:
            return
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive() and self._link:
            self._link.cut()
            self._thread.join(0.5)
        if not self._thread.is_alive():
            self.waker.close()

    def _report(self, error: Exception) -> None:
        if self.stopping.is_set():
            return
        if isinstance(error, (*CONNECTION_ERRORS, Transient)):
            log.warning("bus work interrupted", extra={"worker": self.name, "error": type(error).__name__})
        else:
            log.error("bus work failed", extra={"worker": self.name, "error": type(error).__name__}, exc_info=error)
