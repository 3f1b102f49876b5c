"""Settings come from the environment, or for secrets from a file named in `<NAME>_FILE`. There are no secret defaults.

A missing or unsafe value stops the start with one sentence that names the setting and never shows its value (SE-23).
Setting DATA_DIR marks a development instance, which alone may use its own issuer and shift its clock.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.kernel.clock import Clock, OffsetClock, SystemClock
from shared.runtime import checks
from shared.runtime.faults import Fault

AUDIENCE = "mentorship"
DEV_ISSUER_PREFIX = "mentorship-dev:"
KEY_BYTES = 32
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_MOST = 64


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """What one service needs to know. Strings are empty where a service does not need the setting."""

    service: str
    amqp_url: str
    mongo_url: str
    oidc_issuer: str
    oidc_audience: str
    oidc_jwks_url: str
    smtp_url: str
    key_encryption_key_file: Path
    public_url: str
    log_level: str
    log_partitions: int
    web_concurrency: int
    gateway_port: int
    data_dir: Path | None
    clock_offset_file: Path | None

    @classmethod
    def from_environment(cls, service: str, environment: Mapping[str, str] | None = None) -> Settings:
        """Raises Fault where a value is missing or unsafe."""
        read = _Reader(os.environ if environment is None else environment, service)
        data_dir = Path(folder) if (folder := read.optional("DATA_DIR")) else None
        at_the_edge = service == "gateway"
        return cls(
            service=service,
            amqp_url=checks.amqp_url(read.required("AMQP_URL", "amqp://user:password@host:5672/mentorship")),
            mongo_url=checks.mongo_url(
                read.required("MONGO_URL", "mongodb://user:password@host:27017/?replicaSet=rs0")
            ),
            oidc_issuer=_issuer(read, data_dir) if at_the_edge else "",
            oidc_audience=read.optional("OIDC_AUDIENCE") or AUDIENCE,
            oidc_jwks_url=_jwks_url(read, data_dir) if at_the_edge else "",
            smtp_url=checks.smtp_url(read.required("SMTP_URL", "smtp://host:25")) if service == "notifications" else "",
            key_encryption_key_file=_key_file(read),
            public_url=_public_url(read, service),
            log_level=read.one_of("LOG_LEVEL", _LEVELS, "INFO"),
            log_partitions=read.number("LOG_PARTITIONS", 2, 1, _MOST),
            web_concurrency=read.number("WEB_CONCURRENCY", 1, 1, _MOST),
            gateway_port=read.number("GATEWAY_PORT", 8000, 1, 65535),
            data_dir=data_dir,
            clock_offset_file=_offset_file(read, data_dir),
        )

    def key_encryption_key(self) -> bytes:
        """The 32 bytes that wrap every person's key."""
        return read_key(self.key_encryption_key_file)

    def clock(self) -> Clock:
        return OffsetClock(self.clock_offset_file) if self.clock_offset_file else SystemClock()


def read_key(path: Path) -> bytes:
    """Raises Fault where the file is away, readable by others, or holds no key."""
    name = "KEY_ENCRYPTION_KEY_FILE"
    try:
        others = path.stat().st_mode & 0o007
        key = base64.b64decode(path.read_text().strip(), validate=True)
    except OSError:
        raise Fault(f"The file named in {name} cannot be read: give the path of a key file.") from None
    except (binascii.Error, ValueError):
        raise Fault(f"The file named in {name} must hold {KEY_BYTES} random bytes in base64.") from None
    if len(key) != KEY_BYTES or len(set(key)) == 1:
        raise Fault(f"The file named in {name} must hold {KEY_BYTES} random bytes in base64.")
    if others:
        raise Fault(f"The file named in {name} can be read by every user: take that right away (chmod 600).")
    return key


class _Reader:
    def __init__(self, environment: Mapping[str, str], service: str) -> None:
        self._environment = environment
        self._own = service.upper()

    def optional(self, name: str) -> str:
        """The service's own value before the common one; each in the environment or in a file."""
        for candidate in (f"{self._own}_{name}", name):
            if value := self._environment.get(candidate, "").strip():
                return value
            if path := self._environment.get(f"{candidate}_FILE", "").strip():
                return self._from_file(f"{candidate}_FILE", Path(path))
        return ""

    def required(self, name: str, example: str) -> str:
        if value := self.optional(name):
            return value
        raise Fault(f"{name} is not set: set it (or {self._own}_{name}) to something like {example}.")

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = (self.optional(name) or default).upper()
        if value not in allowed:
            raise Fault(f"{name} must be one of {', '.join(allowed)}.")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.optional(name) or str(default)
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise Fault(f"{name} must be a whole number from {low} to {high}.")
        return int(value)

    def _from_file(self, name: str, path: Path) -> str:
        try:
            return path.read_text().strip()
        except (OSError, UnicodeDecodeError):
            raise Fault(f"The file named in {name} cannot be read.") from None


def _issuer(read: _Reader, data_dir: Path | None) -> str:
    issuer = read.required("OIDC_ISSUER", "https://id.example.org/realms/community")
    if issuer.startswith(DEV_ISSUER_PREFIX):
        if data_dir is None:
            raise Fault("OIDC_ISSUER names a development issuer: only `mentorship up` may use one.")
        return issuer
    return checks.https_url("OIDC_ISSUER", issuer)


def _jwks_url(read: _Reader, data_dir: Path | None) -> str:
    url = read.required("OIDC_JWKS_URL", "https://id.example.org/realms/community/certs")
    if not url.startswith("file:"):
        return checks.https_url("OIDC_JWKS_URL", url)
    if data_dir is None or not Path(url.removeprefix("file://")).resolve().is_relative_to(data_dir.resolve()):
        raise Fault("OIDC_JWKS_URL may be a file only inside the folder of a development instance: use https.")
    return url


def _public_url(read: _Reader, service: str) -> str:
    if service not in {"gateway", "notifications"}:
        return ""
    return checks.https_url("PUBLIC_URL", read.required("PUBLIC_URL", "https://mentorship.example.org")).rstrip("/")


def _key_file(read: _Reader) -> Path:
    path = Path(read.required("KEY_ENCRYPTION_KEY_FILE", "/run/secrets/key-encryption-key"))
    read_key(path)
    return path


def _offset_file(read: _Reader, data_dir: Path | None) -> Path | None:
    value = read.optional("CLOCK_OFFSET_FILE")
    if value and data_dir is None:
        raise Fault("CLOCK_OFFSET_FILE shifts the clock: only a development instance (DATA_DIR) may do that; unset it.")
    return Path(value) if value else None
