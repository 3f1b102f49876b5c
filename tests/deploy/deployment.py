"""The deployment files as data, with kustomize's one patch applied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy/k8s"


def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def kubernetes() -> list[dict[str, Any]]:
    """Every resource of the base, as kustomize would give it, apart from the namespace."""
    base = _load("kustomization.yaml")[0]
    found = [resource for name in base["resources"] for resource in _load(name)]
    for patch in base["patches"]:
        [changes] = _load(patch["path"])
        del changes["metadata"]
        for resource in found:
            if resource["kind"] == patch["target"]["kind"]:
                _merge(resource, changes)
    return found


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {resource["metadata"]["name"]: resource for resource in kubernetes() if resource["kind"] == kind}


def container(deployment: dict[str, Any]) -> dict[str, Any]:
    [found] = deployment["spec"]["template"]["spec"]["containers"]
    return found


def _load(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((K8S / name).read_text()))


def _merge(target: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, value in patch.items():
        known = target.get(key)
        if isinstance(value, dict) and isinstance(known, dict):
            _merge(known, value)
        elif isinstance(value, list) and isinstance(known, list) and all("name" in item for item in value):
            _merge_named(known, value)
        else:
            target[key] = value


def _merge_named(target: list[dict[str, Any]], patch: list[dict[str, Any]]) -> None:
    for item in patch:
        known = next((one for one in target if one["name"] == item["name"]), None)
        if known is None:
            target.append(item)
        else:
            _merge(known, item)
