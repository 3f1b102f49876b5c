"""TLS to the broker: who is not proven to be it learns no password."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pika
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.bus import topology
from shared.bus.link import connect


class Authority:
    """A certificate authority of an installation's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority")])
        self.file = folder / "authority.pem"
        own = self._certificate(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def identity(self, host: str) -> Path:
        """A file with the key and the certificate of a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._certificate(x509.Name([]), key, x509.SubjectAlternativeName([x509.DNSName(host)]))
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        file = self._folder / f"{host}.pem"
        file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem))
        return file

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).add_extension(extension, critical=True)
        made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        return made.sign(self._key, hashes.SHA256())


class Listener:
    """A server that shakes hands, and notes whether it was spoken to."""

    def __init__(self, identity: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._context = context
        self.port = self._socket.getsockname()[1]
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            client.settimeout(40)
            try:
                with self._context.wrap_socket(client, server_side=True) as talk:
                    self.heard.append(talk.recv(8))
            except OSError:
                client.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Trusted by this process alone, as SSL_CERT_FILE makes it."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


@pytest.fixture(params=["right", "wrong name", "wrong authority"])
def listener(request: pytest.FixtureRequest, authority: Authority, tmp_path: Path) -> Iterator[tuple[str, Listener]]:
    (tmp_path / "other").mkdir()
    by = Authority(tmp_path / "other") if request.param == "wrong authority" else authority
    made = Listener(by.identity("elsewhere.example" if request.param == "wrong name" else "localhost"))
    yield request.param, made
    made.close()


@pytest.mark.parametrize("opens", [connect, lambda url: topology.declare(url, 1)], ids=["services", "topology"])
def test_only_the_broker_itself_is_spoken_to(listener: tuple[str, Listener], opens) -> None:
    """BR-04: with amqps:// an own authority is enough, and a foreign one or another host's name ends the handshake."""
    which, server = listener
    with pytest.raises((OSError, pika.exceptions.AMQPError)):
        opens(f"amqps://programs:correct-horse@localhost:{server.port}/mentorship")
    assert server.heard == ([b"AMQP\x00\x00\x09\x01"] if which == "right" else [])
