"""Asks a gateway on this machine how it is."""

from __future__ import annotations

import http.client

_OK = 200
_PATIENCE = 3.0


def ask(port: int, path: str = "/health/ready") -> tuple[int, str]:
    """Status and body; (0, "") where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def ready(port: int) -> bool:
    return ask(port)[0] == _OK
