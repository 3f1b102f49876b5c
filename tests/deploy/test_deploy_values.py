"""Values of the deployment files that nothing refuses when they are wrong, until it is too late."""

from __future__ import annotations

import re

import pytest

from shared.contracts.catalogue import SOURCES
from tests.deploy.deployment import OVERLAYS, compose, of_kind, workloads

WITHIN = 15
"""Seconds: several times what the drain of a service takes (`tests/operations/test_draining.py` reports it)."""
ALL = compose()["services"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_whoever_is_told_to_end_has_the_time_for_it(overlay) -> None:
    """Longer than a drain takes; broker and store, who write what they hold to their disks, have a minute."""
    for name, workload in workloads(overlay).items():
        if workload.kind in {"Deployment", "StatefulSet"}:
            assert workload.pod["terminationGracePeriodSeconds"] >= (60 if name == "store" else WITHIN), name
    for name in (*SOURCES, "broker", "store"):
        assert int(ALL[name]["stop_grace_period"].removesuffix("s")) >= (WITHIN if name in SOURCES else 60), name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_ends_when_is_the_same_here_and_there(overlay) -> None:
    """PR-14, PR-06: the days of retention, of keys' backups and of erasures, as compose has them and the code has."""
    here = of_kind("ConfigMap", overlay)["mentorship"]["data"]
    given = re.findall(r"\$\{(\w+_DAYS):-(\d+)\}", str(ALL["gateway"]["environment"]))
    assert dict(given) == {name: days for name, days in here.items() if name.endswith("_DAYS")}
    assert dict(given) == {
        "KEYS_BACKUPS_KEPT_DAYS": "14",
        "ERASURE_WITHIN_DAYS": "30",
        "APPEAL_WINDOW_DAYS": "180",
        "RETENTION_PAIR_DAYS": "365",
        "RETENTION_PROGRAM_DAYS": "730",
        "RETENTION_CASE_DAYS": "1095",
        "RETENTION_GRACE_DAYS": "30",
    }


def test_a_job_holds_no_secret_that_it_does_not_ask_for() -> None:
    """SE-23: retention and export are given the accounts that they name, and no key."""
    for name in ("retention", "export"):
        named = {
            value.removeprefix("/run/secrets/") for key, value in ALL[name]["environment"].items() if "_FILE" in key
        }
        assert set(ALL[name]["secrets"]) == named


def test_the_key_of_an_export_lies_apart_from_it() -> None:
    """PR-15: whoever is given the exports is not given what their pseudonyms are made with."""
    mounts = dict(volume.split(":") for volume in ALL["export"]["volumes"])
    assert mounts == {"exports": "/exports", "export-key": "/export-key"}
    mounts = {one["name"]: one["mountPath"] for one in workloads()["export"].container["volumeMounts"]}
    assert (mounts["exports"], mounts["export-key"]) == ("/exports", "/export-key")
    claims = [one.get("persistentVolumeClaim") for one in workloads()["export"].pod["volumes"]]
    assert {"claimName": "exports"} in claims
    assert {"claimName": "export-key"} in claims


def test_data_lies_where_it_outlives_its_container() -> None:
    """Broker and store write to volumes, at the places where their images keep their data."""
    assert ALL["store"]["volumes"] == ["store:/data/db"]
    assert ALL["broker"]["volumes"] == ["broker:/var/lib/rabbitmq"]
    mounts = {one["name"]: one["mountPath"] for one in workloads()["store"].container["volumeMounts"]}
    assert mounts["data"] == "/data/db"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_ports_are_those_that_are_listened_on(overlay) -> None:
    """A Service names ports of the pods that it means; members of the store are found before they are ready."""
    for name, service in of_kind("Service", overlay).items():
        ports = {port["name"] for port in workloads(overlay)[name].container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports, name
    assert of_kind("Service", overlay)["store"]["spec"]["publishNotReadyAddresses"] is True


def test_scalers_have_room_to_scale() -> None:
    """More replicas at most than at least."""
    for name, scaler in of_kind("HorizontalPodAutoscaler").items():
        assert scaler["spec"]["maxReplicas"] > scaler["spec"]["minReplicas"], name


def test_every_container_reaps_its_children_and_fills_no_disk_with_logs() -> None:
    """Health checks start a process each time; what is logged is bounded."""
    for name, service in ALL.items():
        assert service["init"] is True, name
        assert {"max-size", "max-file"} <= service["logging"]["options"].keys(), name
