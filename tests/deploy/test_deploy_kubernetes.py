"""`deploy/k8s`, looked at without a cluster."""

from __future__ import annotations

import shutil
import subprocess

import pytest
import yaml

from shared.contracts.catalogue import SOURCES
from tests.deploy.deployment import K8S, compose, container, kubernetes, of_kind

DEPLOYMENTS = of_kind("Deployment")
VERSIONS = {
    "Namespace": "v1",
    "ConfigMap": "v1",
    "Service": "v1",
    "Deployment": "apps/v1",
    "PodDisruptionBudget": "policy/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
}


def test_every_resource_has_its_kind_version_and_a_name_of_its_own() -> None:
    """Shapes that an API server would refuse are found here."""
    seen = [(resource["kind"], resource["metadata"]["name"]) for resource in kubernetes()]
    assert len(set(seen)) == len(seen)
    for resource in kubernetes():
        assert resource["apiVersion"] == VERSIONS[resource["kind"]]
    listed = yaml.safe_load((K8S / "kustomization.yaml").read_text())
    files = {path.name for path in K8S.glob("*.yaml")} - {"kustomization.yaml"}
    assert files == {*listed["resources"], *(patch["path"] for patch in listed["patches"])}


def test_a_deployment_for_each_service_and_the_gateway() -> None:
    """Each runs its own service with its own secret."""
    assert set(DEPLOYMENTS) == {name.replace("_", "-") for name in SOURCES}
    for name in SOURCES:
        deployment = DEPLOYMENTS[name.replace("_", "-")]
        assert container(deployment)["args"] == compose()["services"][name]["command"]
        volumes = deployment["spec"]["template"]["spec"]["volumes"]
        [secret] = [volume["secret"] for volume in volumes if "secret" in volume]
        assert secret["secretName"] == f"mentorship-{name.replace('_', '-')}"
        assert secret["defaultMode"] & 0o007 == 0


@pytest.mark.parametrize("name", sorted(DEPLOYMENTS))
def test_pods_are_hardened_bounded_and_watched(name) -> None:
    """BR-08: what the namespace's restricted standard asks for, limits, and a probe."""
    pod = DEPLOYMENTS[name]["spec"]["template"]["spec"]
    app = container(DEPLOYMENTS[name])
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert all({"secret", "emptyDir"} & set(volume) for volume in pod["volumes"])
    assert app["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert app["resources"]["limits"]["memory"]
    assert app["resources"]["requests"]["cpu"]
    assert "readinessProbe" in app
    mounts, volumes = ({item["name"] for item in found} for found in (app["volumeMounts"], pod["volumes"]))
    assert mounts == volumes


def test_no_probe_kills_a_service_because_its_broker_is_away() -> None:
    """What asks over the broker is for readiness only."""
    for deployment in DEPLOYMENTS.values():
        for probe in ("livenessProbe", "startupProbe"):
            assert "exec" not in container(deployment).get(probe, {})


def test_selectors_find_the_pods_that_they_mean() -> None:
    """Of deployments, budgets, the service and the policies: each selects a label that some pod carries."""
    labels = [d["spec"]["template"]["metadata"]["labels"] for d in DEPLOYMENTS.values()]
    for name, deployment in DEPLOYMENTS.items():
        wanted = deployment["spec"]["selector"]["matchLabels"]
        assert [found for found in labels if wanted.items() <= found.items()] == [
            deployment["spec"]["template"]["metadata"]["labels"]
        ], name
    selectors = [budget["spec"]["selector"]["matchLabels"] for budget in of_kind("PodDisruptionBudget").values()]
    assert len(selectors) == len(DEPLOYMENTS)
    selectors += [service["spec"]["selector"] for service in of_kind("Service").values()]
    selectors += [p["spec"]["podSelector"].get("matchLabels", {}) for p in of_kind("NetworkPolicy").values()]
    for wanted in selectors:
        assert any(wanted.items() <= found.items() for found in labels), wanted


def test_nothing_passes_that_is_not_named() -> None:
    """BR-08: everything is denied first; only the gateway can be called, and only from namespaces with the label."""
    policies = of_kind("NetworkPolicy")
    assert policies["deny-all"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    callable_ones = [policy for policy in policies.values() if policy["spec"].get("ingress")]
    assert [policy["metadata"]["name"] for policy in callable_ones] == ["gateway"]
    [rule] = callable_ones[0]["spec"]["ingress"]
    assert rule["from"][0]["namespaceSelector"]["matchLabels"]


def test_compose_and_kubernetes_give_the_same_settings() -> None:
    """Neither way of running knows a setting that the other has not."""
    common = set(of_kind("ConfigMap")["mentorship"]["data"])
    for name in SOURCES:
        app = container(DEPLOYMENTS[name.replace("_", "-")])
        assert app["envFrom"] == [{"configMapRef": {"name": "mentorship"}}]
        here = common | {entry["name"] for entry in app["env"]}
        there = set(compose()["services"][name]["environment"]) | {"PUBLIC_URL"}
        assert here == there, name


def test_no_secret_is_in_the_manifests() -> None:
    """SE-23: secrets are referred to, never written."""
    assert not of_kind("Secret")
    for path in K8S.glob("*.yaml"):
        assert "password" not in path.read_text().lower()


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_kustomize_builds_what_was_looked_at_here() -> None:
    """Our own reading of the base is kustomize's."""
    done = subprocess.run(["kubectl", "kustomize", str(K8S)], capture_output=True, text=True, timeout=60, check=True)
    built = {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(done.stdout)}
    assert set(built) == {(each["kind"], each["metadata"]["name"]) for each in kubernetes()}
    for each in kubernetes():
        other = built[each["kind"], each["metadata"]["name"]]
        if each["kind"] != "Namespace":
            assert other["metadata"].pop("namespace") == "mentorship"
        assert _sorted(other) == _sorted(each)


def _sorted(value):
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=repr)
    return value
