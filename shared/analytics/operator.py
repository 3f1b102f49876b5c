"""Where an operator finds store and broker: by settings of their own accounts, else the private servers of a folder."""

from __future__ import annotations

from pathlib import Path

from shared.bus.topology import TOPOLOGY_USER
from shared.kernel.clock import Clock, OffsetClock, SystemClock
from shared.runtime.local.instance import DEFAULT_FOLDER, Instance
from shared.runtime.settings import address_for

STORE_USER = "operator"


def store_url(data: Path | None, account: str = STORE_USER) -> str:
    """OPERATOR_MONGO_URL (or of another account), MONGO_URL, or the private store. Raises Fault where that is not
    running."""
    return address_for(account, "MONGO_URL") or _instance(data).store_url(account)


def broker_url(data: Path | None) -> str:
    """TOPOLOGY_AMQP_URL, AMQP_URL or the private broker. Raises Fault where that is not running."""
    return address_for(TOPOLOGY_USER, "AMQP_URL") or _instance(data).broker_url(TOPOLOGY_USER)


def clock(data: Path | None) -> Clock:
    """That of the instance, which may be shifted; the machine's where the store is an outside one."""
    return SystemClock() if address_for(STORE_USER, "MONGO_URL") else OffsetClock(_instance(data).clock_file)


def _instance(data: Path | None) -> Instance:
    return Instance(data or DEFAULT_FOLDER)
