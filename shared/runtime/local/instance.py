"""The folder of one installation on this machine: its secrets, its servers, and how its processes find each other."""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shared.auth.dev_issuer import AUDIENCE, DevIssuer
from shared.bus import topology
from shared.contracts.catalogue import SERVICES, SOURCES
from shared.privacy.wrapping import KEY_BYTES
from shared.runtime import accounts
from shared.runtime.faults import Fault
from shared.runtime.local import records
from shared.runtime.local.broker import LocalBroker
from shared.runtime.local.store import LocalStore

PROJECT = Path(__file__).resolve().parents[3]
DEFAULT_FOLDER = PROJECT / ".data"
DEFAULT_PORT = 8000
DEFAULT_PARTITIONS = 2
_LEAST_FREE_BYTES = 300_000_000


class Instance:
    """Paths and secrets under `folder`. The environment decides which servers are private and which are outside."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.environment = dict(os.environ if environment is None else environment)
        self.secrets = self.folder / "secrets"
        self.logs = self.folder / "logs"
        self.mail = self.folder / "mail"
        self.clock_file = self.folder / "clock"
        self.state_file = self.folder / "state.json"
        self._passwords_file = self.secrets / "broker-passwords.json"
        self._store_passwords_file = self.secrets / "store-passwords.json"

    def prepare(self) -> None:
        """Make the folder and its secrets, which never change afterwards. Raises Fault, OSError."""
        for folder in (self.folder, self.secrets, self.logs, self.mail):
            folder.mkdir(parents=True, exist_ok=True)
        self.secrets.chmod(0o700)
        if shutil.disk_usage(self.folder).free < _LEAST_FREE_BYTES:
            raise Fault(f"The disk under {self.folder} is nearly full: free some space, then try again.")
        for service in SOURCES:
            if not (key_file := self.key_file(service)).exists():
                records.write_text(key_file, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        _keep_passwords(self._passwords_file, (*topology.USERS, topology.TOPOLOGY_USER))
        _keep_passwords(self._store_passwords_file, (accounts.ADMIN, *accounts.USERS))
        self._keep_partitions()

    def key_file(self, service: str) -> Path:
        """The key-encryption key of one service: no other process is told of it (EV-01)."""
        return self.secrets / f"key-encryption-key-{service}"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held by the one supervisor of this folder; the system gives it back when that dies. Raises Fault."""
        with (self.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Fault(f"Mentorship already runs in {self.folder}: see `mentorship status`.") from None
            yield

    def partitions(self) -> int:
        text = self.environment.get("LOG_PARTITIONS", "") or str(DEFAULT_PARTITIONS)
        if not text.isdigit() or int(text) < 1:
            raise Fault("LOG_PARTITIONS must be a whole number from 1 upwards.")
        return int(text)

    def _keep_partitions(self) -> None:
        """A stream's partition follows from their number, so that is settled with the first start."""
        file, wanted = self.folder / "partitions.json", self.partitions()
        settled = records.read(file).get("log_partitions", wanted)
        if settled != wanted:
            raise Fault(f"The data in {self.folder} has {settled} log partitions: set LOG_PARTITIONS={settled}.")
        records.write(file, {"log_partitions": wanted})

    def broker(self) -> LocalBroker | None:
        """The private broker; None where AMQP_URL names another."""
        if self.environment.get("AMQP_URL"):
            return None
        passwords = records.read(self._passwords_file)
        known = topology.definitions(passwords, self.partitions()) if passwords else {}
        return LocalBroker(self.folder / "broker", known)

    def store(self) -> LocalStore | None:
        """The private store; None where MONGO_URL names another."""
        if self.environment.get("MONGO_URL"):
            return None
        return LocalStore(self.folder / "store", records.read(self._store_passwords_file))

    def broker_url(self, user: str) -> str:
        """Where a service finds the broker, once that runs. Raises Fault where it does not."""
        broker = self.broker()
        if broker is None:
            return self.environment.get(f"{user.upper()}_AMQP_URL") or self.environment["AMQP_URL"]
        broker.recall()
        if not broker.alive():
            raise Fault(f"The broker of {self.folder} is not running: start it with `mentorship up`.")
        return broker.url(user, records.read(self._passwords_file)[user], topology.VHOST)

    def store_url(self, user: str) -> str:
        """Where an account of the store finds it, once it runs: see `shared.runtime.accounts`. Raises Fault.

        Of an outside store, it is the setting of that account, else the common one.
        """
        store = self.store()
        if store is None:
            return self.environment.get(f"{user.upper()}_MONGO_URL") or self.environment["MONGO_URL"]
        store.recall()
        if not store.alive():
            raise Fault(f"The store of {self.folder} is not running: start it with `mentorship up`.")
        return store.url_for(user)

    def issuer(self) -> DevIssuer | None:
        """The development issuer; None where an outside issuer is configured, now or when the instance was started."""
        if self.environment.get("OIDC_ISSUER") or records.read(self.state_file).get("outside_issuer"):
            return None
        return DevIssuer(self.secrets)

    def environment_for(self, services: tuple[str, ...], port: int, smtp_url: str) -> dict[str, str]:
        """What a process of these services is started with: its own services' broker accounts, and no others'."""
        found = self.environment | {
            "DATA_DIR": str(self.folder),
            "CLOCK_OFFSET_FILE": str(self.clock_file),
            "SMTP_URL": smtp_url,
            "GATEWAY_PORT": str(port),
            "LOG_PARTITIONS": str(self.partitions()),
            "PYTHONUNBUFFERED": "1",
        }
        found["PUBLIC_URL"] = found.get("PUBLIC_URL") or f"http://127.0.0.1:{port}"
        for service in services:
            if not found.get("KEY_ENCRYPTION_KEY_FILE"):
                found[f"{service.upper()}_KEY_ENCRYPTION_KEY_FILE"] = str(self.key_file(service))
            found[f"{service.upper()}_AMQP_URL"] = self.broker_url(service)
            found[f"{service.upper()}_MONGO_URL"] = self.store_url(service)
            if service in SERVICES and self.store():
                found[f"{service.upper()}_KEYS_MONGO_URL"] = self.store_url(accounts.keys_user(service))
        if not self.environment.get("OIDC_ISSUER"):
            issuer = DevIssuer(self.secrets)
            found |= {
                "OIDC_ISSUER": issuer.issuer,
                "OIDC_AUDIENCE": AUDIENCE,
                "OIDC_JWKS_URL": issuer.jwks_path.as_uri(),
            }
        return found


def _keep_passwords(file: Path, users: Collection[str]) -> None:
    known = records.read(file)
    if missing := [user for user in users if user not in known]:
        records.write(file, known | {user: secrets.token_urlsafe(24) for user in missing})


def python(*arguments: str) -> list[str]:
    """A command line that runs a module of ours with this very Python."""
    return [sys.executable, "-m", *arguments]
