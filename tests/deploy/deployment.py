"""The deployment files as data; of `deploy/k8s` an overlay, put together as kustomize would."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy/k8s"
OVERLAYS = ("small", "production")
NAME = "app.kubernetes.io/name"

_MERGED_BY = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
}
"""Lists whose items a patch finds by a key; every other list is replaced by the patch's."""


@dataclass(frozen=True)
class Workload:
    """Whatever makes pods: its kind and name, and the labels and the spec of its pods."""

    kind: str
    name: str
    labels: dict[str, str]
    pod: dict[str, Any]

    @property
    def container(self) -> dict[str, Any]:
        [found] = self.pod["containers"]
        return found

    @property
    def environment(self) -> dict[str, str]:
        return {entry["name"]: entry["value"] for entry in self.container.get("env", ())}

    @property
    def ours(self) -> bool:
        return str(self.container.get("image")).startswith("mentorship:")


def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def kubernetes(overlay: str = "production") -> list[dict[str, Any]]:
    return copy.deepcopy(_built(K8S / "overlays" / overlay))


def of_kind(kind: str, overlay: str = "production") -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in kubernetes(overlay) if each["kind"] == kind}


def workloads(overlay: str = "production") -> dict[str, Workload]:
    found = (_workload(resource) for resource in kubernetes(overlay))
    return {workload.name: workload for workload in found if workload}


def _workload(resource: dict[str, Any]) -> Workload | None:
    kind, name, spec = resource["kind"], resource["metadata"]["name"], resource.get("spec", {})
    if kind == "RabbitmqCluster":  # its operator gives the container image and resources, and labels its pods
        pod = copy.deepcopy(spec["override"]["statefulSet"]["spec"]["template"]["spec"])
        pod["containers"][0] |= {"image": spec["image"], "resources": spec["resources"]}
        return Workload(kind, name, {NAME: name, "app.kubernetes.io/part-of": "rabbitmq"}, pod)
    if kind == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    if "template" not in spec:
        return None
    return Workload(kind, name, spec["template"]["metadata"]["labels"], spec["template"]["spec"])


@cache
def _built(folder: Path) -> list[dict[str, Any]]:
    [listed] = _load(folder / "kustomization.yaml")
    found: list[dict[str, Any]] = []
    for name in listed["resources"]:
        path = folder / name
        found += copy.deepcopy(_built(path.resolve())) if path.is_dir() else _load(path)
    for patch in listed["patches"]:
        [changes] = _load(folder / patch["path"])
        wanted = patch.get("target") or {"kind": changes["kind"], "name": changes["metadata"]["name"]}
        targets = [each for each in found if wanted.items() <= {"kind": each["kind"], **each["metadata"]}.items()]
        assert targets, f"{folder.name}/{patch['path']} changes nothing that is there"
        changes = {key: value for key, value in changes.items() if key not in {"apiVersion", "kind", "metadata"}}
        for target in targets:
            _merge(target, copy.deepcopy(changes))
    return found


def _load(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def _merge(target: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, value in patch.items():
        known = target.get(key)
        if isinstance(value, dict) and isinstance(known, dict):
            _merge(known, value)
        elif key in _MERGED_BY and isinstance(known, list):
            _merge_by(_MERGED_BY[key], known, value)
        else:
            target[key] = value


def _merge_by(key: str, target: list[dict[str, Any]], patch: list[dict[str, Any]]) -> None:
    for item in patch:
        known = next((one for one in target if one[key] == item[key]), None)
        if known is None:
            target.append(item)
        else:
            _merge(known, item)
