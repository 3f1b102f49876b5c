"""`python -m healthy SERVICE`: exit status 0 where it answers, the gateway over HTTP, the others over the broker.

`python -m healthy --alive`: exit status 0 where the process of a service in this container does not hang, whatever
broker and store do: a new start mends the one, not the other.
"""

from __future__ import annotations

import sys
from http.client import HTTPConnection

from shared.bus.port import Transient
from shared.bus.rpc_client import RemoteError, RpcClient
from shared.runtime import heartbeat
from shared.runtime.faults import Fault
from shared.runtime.settings import Settings

_PATIENCE = 5.0


def main(service: str) -> int:
    if service == "--alive":
        return 0 if heartbeat.alive() else 1
    try:
        settings = Settings.from_environment(service)
        answers = _gateway(settings) if service == "gateway" else heartbeat.alive() and _service(settings)
    except (Fault, Transient, RemoteError, OSError):
        return 1
    return 0 if answers else 1


def _gateway(settings: Settings) -> bool:
    connection = HTTPConnection("127.0.0.1", settings.gateway_port, timeout=_PATIENCE)
    connection.request("GET", "/health/live")
    return connection.getresponse().status == 200


def _service(settings: Settings) -> bool:
    """Any replica may answer; that this one can ask, and that it does not hang, is what is known of it."""
    client = RpcClient(settings.amqp_url, _PATIENCE)
    try:
        return bool(client.call(settings.service, "ping") == "pong")
    finally:
        client.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
