"""What runs behind the requests: the connections to the broker, and the gateway's own log, which is relayed to the bus,

read by those who missed something, and followed by itself. These are threads, as in every service.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from services.gateway.feed import LiveFeed
from services.gateway.follower import Follower
from services.gateway.live import Hub
from services.gateway.rights import Rights
from services.gateway.sessions import Sessions
from shared.bus.port import Transient
from shared.bus.relay import Relay
from shared.bus.rpc_client import RpcClient
from shared.bus.rpc_server import RpcServer
from shared.bus.worker import Worker
from shared.contracts.upcasters import UPCASTERS
from shared.eventlog import LogUnavailable
from shared.eventlog.mongo import MongoEventLog, connect
from shared.runtime.settings import Settings
from shared.views.lease import Checkpoints
from shared.views.progress import progress
from shared.watch import counts

_NAME = "gateway"
_PAGE = 500


class Backbone:
    """`start` and `stop` do not block for long; the store may be away at any time."""

    def __init__(self, settings: Settings, hub: Hub) -> None:
        self._mongo = connect(settings.mongo_url)
        self._log = MongoEventLog(self._mongo, _NAME, settings.log_partitions, UPCASTERS)
        self.rights = Rights(self._log)
        self.sessions = Sessions()
        self._url = settings.amqp_url
        self._hub = hub
        self.client = RpcClient(self._url)
        self._follower = Follower(self._log, self.rights, self.sessions, hub)
        self._workers: list[Worker] = [self.client]

    def start(self) -> None:
        """Called in the loop that answers requests."""
        loop = asyncio.get_running_loop()
        self._workers.append(LiveFeed(self._url, self._hub, loop))
        self._follower.start(loop)
        checkpoints = Checkpoints(self._mongo, _NAME)
        for number in range(self._log.partitions):
            load, save = partial(checkpoints.load, number), partial(checkpoints.save, number)
            self._workers.append(Relay(self._log, number, self._url, load, save, self._log.wait))
        methods: dict[str, Callable[..., Any]] = {
            "feed": self._feed,
            "ping": lambda: "pong",
            "progress": self._progress,
        }
        self._workers.append(RpcServer(self._url, _NAME, methods, _spawn))
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """End everything within two seconds; what is not relayed is relayed at the next start."""
        self._follower.stop()
        deadline = time.monotonic() + 2
        for worker in self._workers:
            worker.stopping.set()
            worker.waker.wake()
        for worker in self._workers:
            worker.stop(max(0.1, deadline - time.monotonic()))
        self._log.close()
        self._mongo.close()

    def _feed(self, partition: int, after: int, limit: int) -> Any:
        """As every service answers it: `{"ok": {"events": [envelope, …]}}`."""
        commits = self._log.feed(int(partition), int(after), min(int(limit), _PAGE))
        return {"ok": {"events": [event.envelope() for commit in commits for event in commit.events]}}

    def _progress(self) -> Any:
        """As every service answers it: so each process of the gateway can show what the others counted, too."""
        try:
            far = progress(self._mongo, _NAME, self._log.partitions)
            far |= {"room": self._log.room()}
        except (Transient, LogUnavailable):
            far = {}
        return {"ok": {**far, "process": counts.PROCESS, "counted": counts.families()}}


def _spawn(work: Any) -> None:
    threading.Thread(target=work, name="gateway-rpc", daemon=True).start()
