"""The product's own adapters with a fault at the port: before or after one call, and nowhere in their code."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from pymongo.client_session import ClientSession

from shared.bus.consumer import Consumer
from shared.bus.link import Link
from shared.bus.port import Transient
from shared.bus.relay import Relay
from shared.eventlog import LogUnavailable
from shared.eventlog.mongo import MongoEventLog
from shared.kernel.events import Commit, NewCommit
from shared.views.store import ViewStore

POINTS = ("append", "publish", "confirm", "commit", "ack")
WHENS = ("before", "after")
HOWS = ("kill", "exception", "hang")

HANG = 3.0
"""Seconds: longer than whoever waits for it waits."""
_PASSES = 4
"""The fault strikes when its point is passed this many times: there is something before it, and something after."""


class Fault:
    """Strikes once. `tell(kind)` is called with "fault" before it does, and with "over" where it ends by itself."""

    def __init__(self, point: str, how: str, tell: Callable[[str], None]) -> None:
        self._point = point
        self._how = how
        self._tell = tell
        self._passed = 0
        self._lock = threading.Lock()

    def at(self, point: str, error: type[Exception]) -> None:
        """Pass a point; `error` is what its port raises where it fails."""
        with self._lock:
            self._passed += point == self._point
            strikes = point == self._point and self._passed == _PASSES
        if not strikes:
            return
        self._tell("fault")
        if self._how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._how == "hang":
            time.sleep(HANG)
        self._tell("over")
        if self._how == "exception":
            raise error(point)


class FaultyLog(MongoEventLog):
    """append: of the store."""

    fault: Fault

    def append(self, commit: NewCommit) -> Commit:
        self.fault.at("append.before", LogUnavailable)
        done = super().append(commit)
        self.fault.at("append.after", LogUnavailable)
        return done


class FaultyViews(ViewStore):
    """commit: of the transaction of a batch. Before it, everything is written and nothing is settled."""

    fault: Fault

    def _in_transaction(self, write: Callable[[ClientSession], None]) -> None:
        def written(session: ClientSession) -> None:
            write(session)
            self.fault.at("commit.before", Transient)

        super()._in_transaction(written)
        self.fault.at("commit.after", Transient)


class FaultyRelay(Relay):
    """publish and confirm: of the channel."""

    fault: Fault

    def session(self, link: Link) -> None:
        super().session(_FaultyLink(link, self.fault))  # type: ignore[arg-type]


class FaultyConsumer(Consumer):
    """ack: of the channel."""

    fault: Fault

    def session(self, link: Link) -> None:
        super().session(_FaultyLink(link, self.fault))  # type: ignore[arg-type]


class _Over:
    """Stands before something real."""

    def __init__(self, real: Any, fault: Fault) -> None:
        self._real = real
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _FaultyLink(_Over):
    def channel(self) -> Any:
        return _FaultyChannel(self._real.channel(), self._fault)


class _FaultyChannel(_Over):
    def __init__(self, real: Any, fault: Fault) -> None:
        super().__init__(real, fault)
        real.events["basic_ack"] = _Confirms(fault)

    def basic_publish(self, *message: Any, **how: Any) -> None:
        self._fault.at("publish.before", ConnectionResetError)
        self._real.basic_publish(*message, **how)
        self._fault.at("publish.after", ConnectionResetError)

    def basic_ack(self, *tags: Any) -> None:
        self._fault.at("ack.before", ConnectionResetError)
        self._real.basic_ack(*tags)
        self._fault.at("ack.after", ConnectionResetError)


class _Confirms(set[Callable[..., None]]):
    """Who is told of confirms."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._fault = fault

    def add(self, confirmed: Callable[..., None]) -> None:
        def passed(*tags: Any) -> None:
            self._fault.at("confirm.before", ConnectionResetError)
            confirmed(*tags)
            self._fault.at("confirm.after", ConnectionResetError)

        super().add(passed)
