"""What the health checks of containers say."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.image import healthy


@pytest.fixture
def status(tmp_path, monkeypatch) -> Iterator[dict[str, int]]:
    """What the gateway of this container answers; nobody listens on the broker's port."""
    answers = {"now": 200}

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers["now"] if self.path == "/health/live" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    key = tmp_path / "key"
    key.write_text(base64.b64encode(bytes(range(32))).decode())
    key.chmod(0o600)
    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        threading.Thread(target=server.serve_forever).start()
        for name, value in {
            "AMQP_URL": "amqp://programs:long-enough-9@127.0.0.1:1/mentorship",
            "MONGO_URL": "mongodb://programs:long-enough-9@127.0.0.1:1",
            "OIDC_ISSUER": "https://id.example.org",
            "OIDC_JWKS_URL": "https://id.example.org/certs",
            "PUBLIC_URL": "https://mentorship.example.org",
            "KEY_ENCRYPTION_KEY_FILE": str(key),
            "GATEWAY_PORT": str(server.server_port),
            "HEARTBEAT_FILE": str(tmp_path / "heartbeat"),
        }.items():
            monkeypatch.setenv(name, value)
        yield answers
        server.shutdown()


def test_a_gateway_is_healthy_while_it_answers(status) -> None:
    """Any other answer is none."""
    assert healthy.main("gateway") == 0
    status["now"] = 503
    assert healthy.main("gateway") == 1


def test_a_service_that_hangs_is_not_healthy_though_another_replica_answers(status, tmp_path, monkeypatch) -> None:
    """Any replica may answer over the broker: the heartbeat is that of this one."""
    assert status
    monkeypatch.setattr(healthy, "_service", lambda _: True)
    beat = tmp_path / "heartbeat"
    beat.touch()
    assert healthy.main("programs") == healthy.main("--alive") == 0
    os.utime(beat, (0, 0))
    assert healthy.main("programs") == healthy.main("--alive") == 1
