"""What every pod of `deploy/k8s` has to be, whatever it runs."""

from __future__ import annotations

import pytest

from deploy.make_secrets import IMAGE_USER
from tests.deploy.deployment import K8S, OVERLAYS, kubernetes, of_kind, workloads

ALL = [(overlay, name) for overlay in OVERLAYS for name in sorted(workloads(overlay))]
HARDENED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
OF_THE_OPERATOR = "RabbitmqCluster"
"""Its probes and its service account are the operator's to give."""


@pytest.mark.parametrize(("overlay", "name"), ALL)
def test_no_pod_has_more_rights_than_it_needs(overlay, name) -> None:
    """BR-08: no root, no capability, nothing of the machine, no account of the cluster, no file to write."""
    workload = workloads(overlay)[name]
    pod, security = workload.pod, workload.pod["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] == (IMAGE_USER if workload.ours else 999)
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"} & set(pod)
    for container in (*pod["containers"], *pod.get("initContainers", ())):
        assert container["securityContext"] == HARDENED
    assert all({"secret", "emptyDir", "persistentVolumeClaim"} & set(volume) for volume in pod["volumes"])
    if workload.kind != OF_THE_OPERATOR:
        assert pod["automountServiceAccountToken"] is False


@pytest.mark.parametrize(("overlay", "name"), ALL)
def test_every_pod_has_limits_and_an_image_of_one_version(overlay, name) -> None:
    """What it may use is known before it runs, and what runs does not change by itself."""
    container = workloads(overlay)[name].container
    assert container["resources"]["limits"]["memory"]
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}
    tag = container["image"].partition(":")[2]
    assert tag[:1].isdigit(), container["image"]


@pytest.mark.parametrize("name", sorted({*of_kind("Deployment"), *of_kind("StatefulSet")}))
def test_what_hangs_is_started_again_and_what_is_not_ready_is_waited_for(name) -> None:
    """Three probes each; none that ends a pod asks broker or store, because they may be away."""
    container = workloads()[name].container
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container)
    for probe in (container["startupProbe"], container["livenessProbe"]):
        asks = probe.get("exec", {}).get("command") or (probe.get("httpGet") or probe["tcpSocket"])
        assert asks in (
            ["python", "-m", "healthy", "--alive"],
            {"path": "/health/live", "port": "http"},
            {"port": "mongodb"},
        )


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_who_is_ready_is_asked_of_itself(overlay) -> None:
    """The gateway says whether all that it needs is there; each service is asked for by its own name."""
    probes = {name: workloads(overlay)[name].container["readinessProbe"] for name in of_kind("Deployment", overlay)}
    assert probes.pop("gateway")["httpGet"] == {"path": "/health/ready", "port": "http"}
    assert {name: probe["exec"]["command"] for name, probe in probes.items()} == {
        name: ["python", "-m", "healthy", name.replace("-", "_")] for name in probes
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_drained_machine_takes_one_pod_of_each_at_a_time(overlay) -> None:
    """Every part that runs on has a disruption budget; it never holds up the drain of the last machine for good."""
    running = {name for name, one in workloads(overlay).items() if one.kind not in {"Job", "CronJob"}}
    budgets = of_kind("PodDisruptionBudget", overlay)
    assert set(budgets) == running
    assert {budget["spec"]["maxUnavailable"] for budget in budgets.values()} == {1}
    for deployment in of_kind("Deployment", overlay).values():
        assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


@pytest.mark.parametrize(("overlay", "name"), ALL)
def test_what_is_mounted_is_there(overlay, name) -> None:
    """Every mount has its volume, every volume its mount, every claim its resource; secrets are the group's."""
    workload = workloads(overlay)[name]
    volumes = {volume["name"]: volume for volume in workload.pod["volumes"]}
    mounts = {mount["name"] for mount in workload.container["volumeMounts"]}
    assert mounts - set(volumes) <= ({"data"} if name == "store" else set())
    assert set(volumes) <= mounts
    for volume in volumes.values():
        if "secret" in volume:
            assert volume["secret"]["defaultMode"] & 0o007 == 0
        if "persistentVolumeClaim" in volume:
            assert volume["persistentVolumeClaim"]["claimName"] in of_kind("PersistentVolumeClaim", overlay)


def test_nightly_jobs_never_run_twice_at_once() -> None:
    """Two exports into one folder would destroy it; a Job that is done makes room for the next version's."""
    for job in of_kind("CronJob").values():
        assert job["spec"]["concurrencyPolicy"] == "Forbid"
        assert job["spec"]["timeZone"] == "Etc/UTC"
    for job in of_kind("Job").values():
        assert job["spec"]["ttlSecondsAfterFinished"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_secret_is_in_the_manifests(overlay) -> None:
    """SE-23: secrets are files that are referred to; none is written here, and none is in an environment."""
    assert not of_kind("Secret", overlay)
    assert "secretKeyRef" not in str(kubernetes(overlay))
    for path in K8S.rglob("*.yaml"):
        assert "password:" not in path.read_text().lower()
        assert "://" not in path.read_text().replace("https://", "")
    [namespace] = of_kind("Namespace", overlay).values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
