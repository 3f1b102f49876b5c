"""`python -m deploy.kubernetes_secrets`: what `deploy/make_secrets.py` made, as Secrets for `deploy/k8s`.

python -m deploy.kubernetes_secrets | kubectl apply --server-side --filename -
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from deploy.make_secrets import FOLDER
from shared.contracts.catalogue import SERVICES, SOURCES
from shared.contracts.retention import services_with
from shared.runtime.accounts import keys_user

NAMESPACE = "mentorship"
_RETAINED = {service for retained in ("pair", "program", "case") for service in services_with(retained)}


def files() -> dict[str, dict[str, str]]:
    """Which file is which entry of which Secret: nobody gets more than is theirs."""
    found = {f"mentorship-{service.replace('_', '-')}": _of_service(service) for service in SOURCES}
    return found | {
        "mentorship-retention": _same("operator_mongo_url", *(f"{keys_user(each)}_mongo_url" for each in _RETAINED)),
        "mentorship-export": _same("operator_mongo_url"),
        "mentorship-backup": _same("backups_mongo_url"),
        "mentorship-topology": {"amqp_url": "operator_amqp_url"},
        "mentorship-store-setup": {"admin_url": "store_admin_url", "passwords": "store_passwords.json"},
        "mentorship-store": _same("replica_set_key"),
        "mentorship-broker": {"broker_definitions": "broker_definitions.json"},
    }


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _of_service(service: str) -> dict[str, str]:
    names = ["amqp_url", "mongo_url", "key"]
    if service in SERVICES:
        names.append("keys_mongo_url")
    if service == "gateway":
        names.append("metrics_token")
    own = {name: f"{service}_{name}" for name in names}
    return own | _same("smtp_url") if service == "notifications" else own


def manifests(folder: Path) -> dict[str, Any]:
    """A List of Secrets. Raises OSError where a file is not there."""
    items = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "stringData": {entry: _text(folder / file) for entry, file in entries.items()},
        }
        for name, entries in files().items()
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def _text(file: Path) -> str:
    """The store is set up from a pod of its own here, not from within the store's."""
    return file.read_text().replace("@127.0.0.1:27017/", "@store-0.store:27017/")


if __name__ == "__main__":
    try:
        json.dump(manifests(FOLDER), sys.stdout)
    except OSError as error:
        sys.exit(f"Run deploy/make_secrets.py first ({error}).")
