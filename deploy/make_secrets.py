"""Makes what `docker-compose.yml` needs and git must never see, in `deploy/secrets/`. Keeps what is there already.

How to call it: see `deploy/README.md`.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from shared.bus import topology
from shared.contracts.catalogue import SERVICES, SOURCES
from shared.runtime import accounts, checks
from shared.runtime.faults import Fault
from shared.runtime.local import records

IMAGE_USER = 10001
FOLDER = Path(__file__).resolve().parent / "secrets"

# The folder is its owner's alone. Within it, our own files are readable by the user of our containers only; those of
# other programs, which run as users of their images, by whatever container is given one.
OURS, THEIRS = 0o600, 0o644


def make(folder: Path, answers: Mapping[str, str], smtp_url: str, partitions: int) -> None:
    """Raises Fault, OSError."""
    for name in ("PUBLIC_URL", "OIDC_ISSUER", "OIDC_JWKS_URL"):
        checks.https_url(name, answers[name])
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    known = _passwords(folder, partitions)
    if known["partitions"] != partitions:
        raise Fault(f"The logs were made with {known['partitions']} partitions, which can never change: say so.")
    for service in SOURCES:
        _keep(folder / f"{service}_key", base64.b64encode(secrets.token_bytes(32)).decode())
        _write(folder / f"{service}_amqp_url", _amqp_url(service, known["broker"][service]))
        _write(folder / f"{service}_mongo_url", _mongo_url(service, known["store"][service]))
    _keep(folder / "gateway_metrics_token", secrets.token_hex(32))
    _write(folder / "prometheus_metrics_token", (folder / "gateway_metrics_token").read_text(), THEIRS)
    _keep(folder / "grafana_password", secrets.token_urlsafe(24), THEIRS)
    for user in map(accounts.keys_user, SERVICES):
        _write(folder / f"{user}_mongo_url", _mongo_url(user, known["store"][user]))
    for user in (accounts.OPERATOR, accounts.BACKUP):
        _write(folder / f"{user}_mongo_url", _mongo_url(user, known["store"][user]))
    _write(folder / "operator_amqp_url", _amqp_url(topology.TOPOLOGY_USER, known["broker"][topology.TOPOLOGY_USER]))
    _write(folder / "smtp_url", checks.smtp_url(smtp_url))
    _keep(folder / "replica_set_key", base64.b64encode(secrets.token_bytes(512)).decode(), THEIRS)
    _write(folder / "store_admin_url", _setup_url((folder / "replica_set_key").read_text()))
    definitions = topology.definitions(known["broker"], partitions)
    _write(folder / "broker_definitions.json", json.dumps(definitions), THEIRS)
    _write(folder / "store_passwords.json", json.dumps(known["store"]))
    user, group = _container_user()
    settings = {"MENTORSHIP_USER": f"{user}:{group}", "LOG_PARTITIONS": str(partitions), **answers}
    records.write_text(folder / "compose.env", "".join(f"{name}={value}\n" for name, value in settings.items()))


def _passwords(folder: Path, partitions: int) -> dict[str, Any]:
    """What is known, with a password for everybody who has none yet."""
    file = folder / "passwords.json"
    known: dict[str, Any] = {"partitions": partitions, "broker": {}, "store": {}} | records.read(file)
    for where, users in (
        ("broker", (*topology.USERS, topology.TOPOLOGY_USER)),
        ("store", (accounts.ADMIN, *accounts.USERS)),
    ):
        known[where] = {user: known[where].get(user) or secrets.token_urlsafe(24) for user in users}
    records.write(file, known)
    return known


def _amqp_url(user: str, password: str) -> str:
    return f"amqp://{user}:{password}@broker:5672/{topology.VHOST}"


def _setup_url(key: str) -> str:
    """As a member of the set itself, for there is nobody else before there are accounts; from the same host."""
    return f"mongodb://__system:{quote(key, '')}@127.0.0.1:27017/?directConnection=true&authSource=local"


def _mongo_url(user: str, password: str) -> str:
    return f"mongodb://{user}:{password}@store:27017/?replicaSet=rs0&authSource=admin"


def _keep(path: Path, text: str, mode: int = OURS) -> None:
    if not path.exists():
        _write(path, text, mode)


def _write(path: Path, text: str, mode: int = OURS) -> None:
    records.write_text(path, text)
    path.chmod(mode)  # whatever the umask says
    if os.geteuid() == 0 and mode == OURS:
        os.chown(path, *_container_user())


def _container_user() -> tuple[int, int]:
    """Our containers run as whoever owns the secrets; never as root."""
    return (os.geteuid(), os.getegid()) if os.geteuid() else (IMAGE_USER, IMAGE_USER)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make the secrets of a deployment with docker compose.")
    for name in ("--public-url", "--oidc-issuer", "--oidc-jwks-url", "--smtp-url"):
        parser.add_argument(name, required=True)
    parser.add_argument("--partitions", type=int, default=2, help="of each event log; can never change (default 2)")
    args = parser.parse_args(arguments)
    answers = {
        "PUBLIC_URL": args.public_url,
        "OIDC_ISSUER": args.oidc_issuer,
        "OIDC_JWKS_URL": args.oidc_jwks_url,
    }
    try:
        make(FOLDER, answers, args.smtp_url, args.partitions)
    except (Fault, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Made {FOLDER}. Keep a copy of its *_key files: without them nothing sealed ever opens.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
