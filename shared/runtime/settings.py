"""Settings come from the environment, or for secrets from a file named in `<NAME>_FILE`. There are no secret defaults.

A missing or unsafe value stops the start with one sentence that names the setting and never shows its value (SE-23).
Setting DATA_DIR marks a development instance, which alone may use its own issuer and shift its clock.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.kernel.clock import Clock, OffsetClock, SystemClock
from shared.privacy.wrapping import KeyFile, UnfitKeyFile, read_key_file
from shared.runtime import checks
from shared.runtime.faults import Fault

AUDIENCE = "mentorship"
DEV_ISSUER_PREFIX = "mentorship-dev:"
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_MOST = 64
_APPEAL_WINDOW, _TO_DECIDE = 180, 30
"""Days to appeal, unless another window is set, and days beyond it in which an appeal can still be decided."""
_CENTURY = 36_500
_STORE = "mongodb://user:password@host:27017/?replicaSet=rs0"


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """What one service needs to know. Strings are empty where a service does not need the setting."""

    service: str
    amqp_url: str
    mongo_url: str
    keys_mongo_url: str
    oidc_issuer: str
    oidc_audience: str
    oidc_jwks_url: str
    smtp_url: str
    key_encryption_key_file: Path
    keys_backups_kept_days: int
    erasure_within_days: int
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
        kept, within = _promise(read)
        if service == "trust_safety":
            retention_days(read.environment)
        return cls(
            service=service,
            amqp_url=checks.amqp_url(read.required("AMQP_URL", "amqp://user:password@host:5672/mentorship")),
            mongo_url=checks.mongo_url(read.required("MONGO_URL", _STORE)),
            keys_mongo_url=_keys_mongo_url(read),
            oidc_issuer=_issuer(read, data_dir) if at_the_edge else "",
            oidc_audience=read.optional("OIDC_AUDIENCE") or AUDIENCE,
            oidc_jwks_url=_jwks_url(read, data_dir) if at_the_edge else "",
            smtp_url=checks.smtp_url(read.required("SMTP_URL", "smtp://host:25")) if service == "notifications" else "",
            key_encryption_key_file=_key_file(read),
            keys_backups_kept_days=kept,
            erasure_within_days=within,
            public_url=_public_url(read, service),
            log_level=read.one_of("LOG_LEVEL", _LEVELS, "INFO"),
            log_partitions=_partitions(read),
            web_concurrency=read.number("WEB_CONCURRENCY", 1, 1, _MOST),
            gateway_port=read.number("GATEWAY_PORT", 8000, 1, 65535),
            data_dir=data_dir,
            clock_offset_file=_offset_file(read, data_dir),
        )

    def key_encryption_keys(self) -> list[bytes]:
        """The service's own, newest first, 32 bytes each."""
        return _read_keys(self.key_encryption_key_file, self.service)

    def key_file(self) -> KeyFile:
        """What wraps the service's data keys."""
        return KeyFile(self.key_encryption_key_file, self.service)

    def clock(self) -> Clock:
        return OffsetClock(self.clock_offset_file) if self.clock_offset_file else SystemClock()


def keys_mongo_url(service: str, environment: Mapping[str, str] | None = None) -> str:
    """Where the key registry of a service is, with an account that reaches nothing else. Raises Fault."""
    return _keys_mongo_url(_Reader(os.environ if environment is None else environment, service))


def address_for(account: str, name: str, environment: Mapping[str, str] | None = None) -> str:
    """Where an account of ours finds broker or store (AMQP_URL, MONGO_URL), as a service does; "" where nobody says.

    Raises Fault.
    """
    return _Reader(os.environ if environment is None else environment, account).optional(name)


def log_partitions(environment: Mapping[str, str] | None = None) -> int:
    """Raises Fault."""
    return _partitions(_Reader(os.environ if environment is None else environment, "log"))


def retention_days(environment: Mapping[str, str] | None = None) -> dict[str, int]:
    """Days that things stay readable once they are over, and the grace after that. Raises Fault."""
    read = _Reader(os.environ if environment is None else environment, "retention")
    limits = {"pair": (365, 1), "program": (730, 1), "case": (1095, 1), "grace": (30, 1)}
    days = {
        name: read.number(f"RETENTION_{name.upper()}_DAYS", default, low, _CENTURY)
        for name, (default, low) in limits.items()
    }
    least = read.number("APPEAL_WINDOW_DAYS", _APPEAL_WINDOW, 30, 365) + _TO_DECIDE
    if days["case"] < least:
        raise Fault(f"RETENTION_CASE_DAYS must be at least {least}: {_TO_DECIDE} more than APPEAL_WINDOW_DAYS.")
    return days


def keys_backups_kept_days(environment: Mapping[str, str] | None = None) -> int:
    """Days after which a backup of key registries must be gone. Raises Fault."""
    return _promise(_Reader(os.environ if environment is None else environment, "backup"))[0]


class _Reader:
    def __init__(self, environment: Mapping[str, str], service: str) -> None:
        self.environment = environment
        self.service = service
        self._own = service.upper()

    def optional(self, name: str) -> str:
        """The service's own value before the common one; each in the environment or in a file."""
        for candidate in (f"{self._own}_{name}", name):
            if value := self.environment.get(candidate, "").strip():
                return value
            if path := self.environment.get(f"{candidate}_FILE", "").strip():
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


def _partitions(read: _Reader) -> int:
    return read.number("LOG_PARTITIONS", 2, 1, _MOST)


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


def _keys_mongo_url(read: _Reader) -> str:
    """KEYS_MONGO_URL, where it is set; else whatever the service itself uses."""
    if url := read.optional("KEYS_MONGO_URL"):
        return checks.mongo_url(url, "KEYS_MONGO_URL")
    return checks.mongo_url(read.required("MONGO_URL", _STORE))


def _key_file(read: _Reader) -> Path:
    path = Path(read.required("KEY_ENCRYPTION_KEY_FILE", "/run/secrets/key-encryption-key"))
    _read_keys(path, read.service)
    return path


def _read_keys(path: Path, service: str) -> list[bytes]:
    try:
        return read_key_file(path, service)
    except UnfitKeyFile as error:
        raise Fault(f"The file named in KEY_ENCRYPTION_KEY_FILE does not do: {error}") from None


def _promise(read: _Reader) -> tuple[int, int]:
    """Who is erased must be beyond recovery when that was promised: also from backups of the key registries (PR-20)."""
    kept = read.number("KEYS_BACKUPS_KEPT_DAYS", 14, 0, 3650)
    within = read.number("ERASURE_WITHIN_DAYS", 30, 1, 3650)
    if kept >= within:
        raise Fault("KEYS_BACKUPS_KEPT_DAYS must be less than ERASURE_WITHIN_DAYS: old registries undo erasures.")
    return kept, within


def _offset_file(read: _Reader, data_dir: Path | None) -> Path | None:
    value = read.optional("CLOCK_OFFSET_FILE")
    if value and data_dir is None:
        raise Fault("CLOCK_OFFSET_FILE shifts the clock: only a development instance (DATA_DIR) may do that; unset it.")
    return Path(value) if value else None
