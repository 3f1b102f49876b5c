"""What the gateway alone can be told: limits, by environment, with generous defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.runtime.faults import Fault

_LEAST_TOKEN = 32


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
    probes_every: float = 1.0
    """Seconds for which the services' answers to a probe are kept: anybody may probe, as often as they like."""
    heartbeat: float = 15.0
    """Seconds between signs of life on a stream."""
    metrics_token: str | None = None
    """What a reader of the metrics must show; "" for nobody. None lets everybody read: for development only."""

    @classmethod
    def from_environment(cls, public_url: str, environment: Mapping[str, str] | None = None) -> Config:
        """Reads GATEWAY_HOST, RATE_PER_PERSON, RATE_PER_ADDRESS and METRICS_TOKEN(_FILE). Raises Fault."""
        given = os.environ if environment is None else environment
        return cls(
            public_url=public_url,
            host=given.get("GATEWAY_HOST") or cls.host,
            rate_per_person=_number(given, "RATE_PER_PERSON", cls.rate_per_person),
            rate_per_address=_number(given, "RATE_PER_ADDRESS", cls.rate_per_address),
            metrics_token=_metrics_token(given),
        )


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    value = given.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Fault(f"{name} must be a whole number of requests a second, or 0 for no limit.")
    return int(value)


def _metrics_token(given: Mapping[str, str]) -> str | None:
    """None in a development instance (DATA_DIR) without a token of its own."""
    try:
        path = given.get("METRICS_TOKEN_FILE")
        token = Path(path).read_text().strip() if path else given.get("METRICS_TOKEN", "")
    except (OSError, UnicodeDecodeError):
        raise Fault("The file named in METRICS_TOKEN_FILE cannot be read.") from None
    if token and len(token) < _LEAST_TOKEN:
        raise Fault(f"METRICS_TOKEN must have at least {_LEAST_TOKEN} characters: `openssl rand -hex 32` gives some.")
    return token or (None if given.get("DATA_DIR") else "")
