"""Free ports on loopback, below the range that outgoing connections take theirs from."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Collection

from shared.runtime.faults import Fault

_LOW, _HIGH, _TRIES = 20_000, 32_000, 200
_promised: set[int] = set()
"""Ports that somebody of this process will listen at, though nobody does yet."""


def promise(port: int) -> None:
    """Give this port to nobody else in this process."""
    _promised.add(port)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a listener could be opened there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_ports(count: int, preferred: Collection[int] = ()) -> list[int]:
    """The preferred ports if all of them are free, else new ones. Raises Fault where none can be found."""
    if len(preferred) == count and all(map(is_free, preferred)):
        _promised.update(preferred)
        return list(preferred)
    found: list[int] = []
    for _ in range(_TRIES):
        port = _LOW + secrets.randbelow(_HIGH - _LOW)
        if port not in _promised and is_free(port):
            found.append(port)
            promise(port)
        if len(found) == count:
            return found
    raise Fault("No free port was found on 127.0.0.1: end some programs that listen there, then try again.")
