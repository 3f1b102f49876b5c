"""`python -m services.gateway`: serves HTTP until SIGTERM or Ctrl-C; requests end within 5 s, open streams at once.

With several workers (WEB_CONCURRENCY) streams end as late as requests.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import uvicorn

from services.gateway.app import from_environment
from services.gateway.config import Config
from services.gateway.edge import Edge
from shared.runtime.faults import Fault
from shared.runtime.settings import Settings

_GRACE = 4


class _Server(uvicorn.Server):
    """Ends the live streams first: nothing else would, and requests would be waited for in vain."""

    def __init__(self, config: uvicorn.Config, app: Edge) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._app.gateway is not None:
            self._app.gateway.hub.close()
        await super().shutdown(sockets)


def main() -> int:
    """The exit status is 1 where the settings do not allow a start."""
    try:
        settings = Settings.from_environment("gateway")
        config = Config.from_environment(settings.public_url)
        options: dict[str, Any] = {
            "host": config.host,
            "port": settings.gateway_port,
            "loop": "uvloop",
            "http": "httptools",
            "ws": "none",
            "lifespan": "on",
            "log_config": None,
            "access_log": False,
            "server_header": False,
            # No header of a client's making is believed (SE-18).
            "proxy_headers": False,
            "timeout_graceful_shutdown": _GRACE,
        }
        if settings.web_concurrency > 1:
            uvicorn.run(
                "services.gateway.app:from_environment", factory=True, workers=settings.web_concurrency, **options
            )
            return 0
        app = from_environment()
    except (Fault, ValueError) as fault:
        print(fault, file=sys.stderr)  # noqa: T201 (the one sentence for whoever started it)
        return 1
    server = _Server(uvicorn.Config(app, **options), app)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
