"""Where an operator finds store and broker: MONGO_URL and AMQP_URL, else the private servers of an instance."""

from __future__ import annotations

from pathlib import Path

from shared.bus.topology import TOPOLOGY_USER
from shared.runtime.local.instance import DEFAULT_FOLDER, Instance

STORE_USER = "operator"


def store_url(data: Path | None) -> str:
    """OPERATOR_MONGO_URL, MONGO_URL or the private store. Raises Fault where that is not running."""
    return _instance(data).store_url(STORE_USER)


def broker_url(data: Path | None) -> str:
    """TOPOLOGY_AMQP_URL, AMQP_URL or the private broker. Raises Fault where that is not running."""
    return _instance(data).broker_url(TOPOLOGY_USER)


def _instance(data: Path | None) -> Instance:
    return Instance(data or DEFAULT_FOLDER)
