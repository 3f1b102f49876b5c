"""The Secrets of `deploy/k8s` are made of the same files as those of compose, and are all that the pods ask for."""

from __future__ import annotations

import kubernetes_validate
import pytest

from deploy import kubernetes_secrets, make_secrets
from shared.contracts.catalogue import SOURCES
from tests.deploy.deployment import OVERLAYS, compose, workloads
from tests.deploy.test_deploy_compose import ANSWERS

MOUNT = "/run/secrets/mentorship/"


@pytest.fixture
def items(tmp_path):
    make_secrets.make(tmp_path / "secrets", ANSWERS, "smtps://ada:correct-horse@mail.example.org", 2)
    found = kubernetes_secrets.manifests(tmp_path / "secrets")["items"]
    return {item["metadata"]["name"]: item for item in found}


def asked_for(workload):
    """Every file of its secret that a pod names, in its environment, command or configuration."""
    said = [*workload.environment.values(), *workload.container.get("args", ()), *workload.container.get("command", ())]
    words = [word for text in said for word in text.split()]
    return {word.removeprefix(MOUNT) for word in words if word.startswith(MOUNT)}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_given_what_it_asks_for_and_nothing_else(items, overlay) -> None:
    """SE-23: no pod waits for a secret that nobody makes, and none holds what it has no use for."""
    mounted = {}
    for name, workload in workloads(overlay).items():
        [secret] = [volume["secret"]["secretName"] for volume in workload.pod["volumes"] if "secret" in volume]
        assert secret == f"mentorship-{name}"
        mounted[secret] = {"broker_definitions"} if name == "broker" else asked_for(workload)
    assert mounted == {name: set(item["stringData"]) for name, item in items.items()}


def test_secrets_are_as_an_api_server_wants_them(items) -> None:
    """In the namespace of the system, and with the address that a pod of its own reaches the store by."""
    for item in items.values():
        kubernetes_validate.validate(item, "1.37", strict=True)
        assert item["metadata"]["namespace"] == "mentorship"
    url = items["mentorship-store-setup"]["stringData"]["admin_url"]
    assert "@store-0.store:27017/?directConnection=true" in url


def test_compose_gives_a_service_the_same_files(items) -> None:
    """One set of secrets, two ways to run."""
    for name in SOURCES:
        listed = compose()["services"][name]["secrets"]
        here = {one if isinstance(one, str) else one["source"] for one in listed}
        assert here == set(kubernetes_secrets.files()[f"mentorship-{name.replace('_', '-')}"].values())
