"""What the gateway alone can be told: limits, by environment, with generous defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from shared.runtime.faults import Fault


@dataclass(frozen=True)
class Config:
    """Rates are requests a second, over which ten seconds' worth may come at once; 0 switches a limit off."""

    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    rate_per_person: int = 50
    rate_per_address: int = 2000
    rpc_timeout: float = 10.0
    """Seconds for an answer of a service."""
    streams_per_person: int = 5
    heartbeat: float = 15.0
    """Seconds between signs of life on a stream."""

    @classmethod
    def from_environment(cls, public_url: str, environment: Mapping[str, str] | None = None) -> Config:
        """Reads GATEWAY_HOST, RATE_PER_PERSON and RATE_PER_ADDRESS. Raises Fault."""
        given = os.environ if environment is None else environment
        return cls(
            public_url=public_url,
            host=given.get("GATEWAY_HOST") or cls.host,
            rate_per_person=_number(given, "RATE_PER_PERSON", cls.rate_per_person),
            rate_per_address=_number(given, "RATE_PER_ADDRESS", cls.rate_per_address),
        )


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    value = given.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Fault(f"{name} must be a whole number of requests a second, or 0 for no limit.")
    return int(value)
