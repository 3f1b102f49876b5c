"""Asks a gateway how it is."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

_OK = 200
_PATIENCE = 10.0


def ask(url: str, path: str = "/health/ready") -> tuple[int, str]:
    """Status and body of what lies under `url`; (0, "") where nobody answers."""
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = connect(parts.netloc, timeout=_PATIENCE)
    except http.client.InvalidURL:
        return 0, ""
    try:
        connection.request("GET", parts.path.rstrip("/") + path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def ready(port: int) -> bool:
    """Whether the gateway of this machine has all it needs."""
    return ask(f"http://127.0.0.1:{port}")[0] == _OK
