"""A gateway without a broker, and a client of it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from services.gateway.app import application
from services.gateway.config import Config
from services.gateway.gateway import Gateway
from services.gateway.live import Hub
from services.gateway.rights import Rights
from services.gateway.sessions import Sessions
from shared.eventlog.memory import MemoryEventLog
from tests.support.gateway import SECRET, Client, FakeServices, FakeVerifier


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


@pytest.fixture
def config() -> Config:
    return Config(rate_per_person=1000, rate_per_address=0, probes_every=0)


@pytest.fixture
def keys() -> list[bytes]:
    """The gateway's own, newest first; a test may change them."""
    return [SECRET]


@pytest.fixture
def gateway(services: FakeServices, config: Config, keys: list[bytes]) -> Gateway:
    sessions = Sessions()
    sessions.known = True
    rights = Rights(MemoryEventLog("gateway", 2))
    made = Gateway.assemble(config, services, FakeVerifier(), lambda: list(keys), Hub(5), rights, sessions)
    made.standing.know({}, time.monotonic() + 3600)
    for rate in (made.per_person, made.per_route, made.per_address):
        rate._now = lambda: 0.0  # nothing becomes allowed again while a busy machine asks
    return made


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    made = Client(application(gateway))
    yield made
    made.close()
