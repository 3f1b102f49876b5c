"""`deploy/k8s`, looked at without a cluster: its shapes, and that its parts mean each other."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from shared.contracts.catalogue import SOURCES
from shared.runtime.store_setup import REPLICA_SET
from tests.deploy.deployment import K8S, NAME, OVERLAYS, ROOT, compose, kubernetes, of_kind, workloads

RABBITMQ_CLUSTER = yaml.safe_load((Path(__file__).parent / "rabbitmqcluster.schema.yaml").read_text())
DEPLOYMENTS = {name.replace("_", "-"): name for name in SOURCES}


def made_of(cluster):
    """The StatefulSet, as far as it is ours to say."""
    said = cluster["spec"]["override"]["statefulSet"]["spec"]
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"selector": {}, "serviceName": "nodes", **said}}


@pytest.mark.parametrize("version", ["1.31", "1.37"])
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_resource_fits_its_schema(overlay, version) -> None:
    """An API server of an older version as of the newest takes all of it, and knows every field."""
    for resource in kubernetes(overlay):
        if resource["kind"] == "RabbitmqCluster":
            jsonschema.validate(resource, RABBITMQ_CLUSTER)
            kubernetes_validate.validate(made_of(resource), version, strict=True)
        else:
            kubernetes_validate.validate(resource, version, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_resource_has_a_name_of_its_own(overlay) -> None:
    """No resource takes another's place, and no file lies there unused."""
    seen = [(resource["kind"], resource["metadata"]["name"]) for resource in kubernetes(overlay)]
    assert len(set(seen)) == len(seen)
    for folder in (K8S / "base", K8S / "overlays" / overlay):
        listed = yaml.safe_load((folder / "kustomization.yaml").read_text())
        used = {*listed["resources"], *(patch["path"] for patch in listed["patches"])} - {"../../base"}
        assert used == {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}


def test_the_parts_of_the_system_are_those_of_compose() -> None:
    """Each part runs the same command of the same version here and there; the relay is a part of its service."""
    here, there = workloads(), compose()["services"]
    assert set(DEPLOYMENTS) == set(of_kind("Deployment"))
    same = {name.replace("_", "-") for name in there} - {"prometheus", "grafana", "mail"}
    assert set(here) == same
    for name in set(same) - {"broker", "store", "store-setup"}:
        assert here[name].container["args"] == there[name.replace("-", "_") if name in DEPLOYMENTS else name]["command"]
    assert here["broker"].container["image"] == f"{there['broker']['image']}-management"
    assert here["store"].container["image"] == there["store"]["image"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {w.container["image"] for w in here.values() if w.ours} == {f"mentorship:{project['version']}"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_selectors_find_the_pods_that_they_mean(overlay) -> None:
    """Of deployments, budgets, services, spreads and scalers: each means the pods of the one it is named after."""
    labels = {name: workload.labels for name, workload in workloads(overlay).items()}
    for kind in ("Deployment", "StatefulSet", "PodDisruptionBudget", "Service"):
        for name, resource in of_kind(kind, overlay).items():
            selector = resource["spec"]["selector"]
            wanted = selector.get("matchLabels", selector)
            assert [found for found, own in labels.items() if wanted.items() <= own.items()] == [name], (kind, name)
    for name, workload in workloads(overlay).items():
        for term in workload.pod.get("topologySpreadConstraints", ()):
            assert term["labelSelector"]["matchLabels"].items() <= workload.labels.items()
            assert NAME in term["matchLabelKeys"], name
    for name, scaler in of_kind("HorizontalPodAutoscaler", overlay).items():
        assert scaler["spec"]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}


def test_production_outlives_a_machine() -> None:
    """Three nodes of broker and store on three machines, two replicas of everything else, evenly spread."""
    assert {name: scaler["spec"]["minReplicas"] for name, scaler in of_kind("HorizontalPodAutoscaler").items()} == (
        dict.fromkeys(DEPLOYMENTS, 2)
    )
    assert not any("replicas" in deployment["spec"] for deployment in of_kind("Deployment").values())
    broker, store = of_kind("RabbitmqCluster")["broker"]["spec"], of_kind("StatefulSet")["store"]["spec"]
    for spec, pod in ((broker, broker), (store, store["template"]["spec"])):
        assert spec["replicas"] == 3
        [term] = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert term["topologyKey"] == "kubernetes.io/hostname"
    for name in DEPLOYMENTS:
        spread = {term["topologyKey"]: term for term in workloads()[name].pod["topologySpreadConstraints"]}
        assert spread["kubernetes.io/hostname"]["whenUnsatisfiable"] == "DoNotSchedule"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_replica_set_is_made_of_the_pods_of_the_store(overlay) -> None:
    """The members that `store-setup` is told are all pods of the StatefulSet, by the names that its Service gives."""
    store = of_kind("StatefulSet", overlay)["store"]
    assert of_kind("Service", overlay)["store"]["spec"]["clusterIP"] == "None"
    module, _, _, *members = workloads(overlay)["store-setup"].container["args"]
    assert module == "shared.runtime.store_setup"
    assert members == [f"store-{n}.{store['spec']['serviceName']}:27017" for n in range(store["spec"]["replicas"])]
    command = workloads(overlay)["store"].container["command"][-1]
    for part in (f"--replSet {REPLICA_SET} ", "--keyFile ", "transactionLifetimeLimitSeconds=10"):
        assert part in command
        assert part in compose()["services"]["store"]["entrypoint"][-1]


def test_the_broker_is_set_like_that_of_compose() -> None:
    """The same limits, and definitions from where the secret is; queues get their copies when nodes are added."""
    here = of_kind("RabbitmqCluster")["broker"]["spec"]["rabbitmq"]["additionalConfig"].splitlines()
    there = (ROOT / "deploy/broker/rabbitmq.conf").read_text().splitlines()
    assert {line for line in there if line.startswith(("vm_", "disk_", "log.console.level"))} <= set(here)
    assert "load_definitions = /run/secrets/mentorship/broker_definitions" in here
    assert "quorum_queue.continuous_membership_reconciliation.enabled = true" in here


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kustomize_builds_what_was_looked_at_here(overlay) -> None:
    """Our own reading of base and overlay is kustomize's."""
    command = ["kubectl", "kustomize", str(K8S / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    built = {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(done.stdout)}
    assert set(built) == {(each["kind"], each["metadata"]["name"]) for each in kubernetes(overlay)}
    for each in kubernetes(overlay):
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
