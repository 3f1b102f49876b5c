"""The settings that the deployment files give are those that the code reads: every one, and no other."""

from __future__ import annotations

import base64

import pytest

from services.gateway.config import Config
from services.trust_safety.terms import appeal_window
from shared.contracts.catalogue import SERVICES, SOURCES
from shared.runtime import heartbeat, settings
from shared.watch import tracing
from tests.deploy.deployment import OVERLAYS, compose, of_kind, workloads

NOT_OURS_TO_GIVE = {"DATA_DIR", "CLOCK_OFFSET_FILE", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}
"""For development alone, and another name of the endpoint that is given."""
AS_FILES = {"AMQP_URL", "MONGO_URL", "KEYS_MONGO_URL", "SMTP_URL", "METRICS_TOKEN"}
"""Secrets are given as `<NAME>_FILE`, though the code would take them from the environment too."""


class Watched(dict[str, str]):
    """An environment that remembers what was asked for."""

    def __init__(self, given):
        super().__init__(given)
        self.asked = set()

    def get(self, key, default=None):
        self.asked.add(key)
        return super().get(key, default)


def setting_names(asked, name):
    """`X`, `X_FILE` and what is `<SERVICE>_X` to a service are one setting: as a deployment has to call it."""
    owners = (f"{name.upper()}_", "RETENTION_")
    aliases = {one for one in asked for own in owners if one.removeprefix(own) in asked - {one}}
    files = {one for one in asked if one.removesuffix("_FILE") in asked - {one}}
    found = asked - aliases - files - NOT_OURS_TO_GIVE
    return {f"{one}_FILE" if one in AS_FILES else one for one in found}


@pytest.fixture
def started(tmp_path):
    """The settings that a process of a service asks for when it starts."""
    key = tmp_path / "key"
    key.write_text(base64.b64encode(bytes(range(32))).decode())
    key.chmod(0o600)

    def of(name):
        environment = Watched(
            {
                "AMQP_URL": f"amqp://{name}:long-enough-9@broker/mentorship",
                "MONGO_URL": f"mongodb://{name}:long-enough-9@store",
                "SMTP_URL": "smtp://mail",
                "KEY_ENCRYPTION_KEY_FILE": str(key),
                "OIDC_ISSUER": "https://id.example.org",
                "OIDC_JWKS_URL": "https://id.example.org/certs",
                "PUBLIC_URL": "https://mentorship.example.org",
            }
        )
        settings.Settings.from_environment(name, environment)
        tracing.configure(name, environment)
        if name == "gateway":
            Config.from_environment("https://mentorship.example.org", environment)
        else:
            heartbeat.begin(environment)
        if name == "trust_safety":
            appeal_window(environment)
        return setting_names(environment.asked, name)

    return of


def given_by(where, name):
    if where == "compose":
        return set(compose()["services"][name]["environment"])
    common = set(of_kind("ConfigMap", where)["mentorship"]["data"])
    return common | set(workloads(where)[name.replace("_", "-")].environment)


@pytest.mark.parametrize("where", ["compose", *OVERLAYS])
def test_every_setting_is_given_and_every_one_given_is_read(where, started) -> None:
    """SE-23: a misspelt setting would silently be a default, and one that is missing here is one that nobody finds."""
    reads = {name: started(name) for name in SOURCES}
    gives = {name: given_by(where, name) for name in SOURCES}
    assert set().union(*gives.values()) == set().union(*reads.values())
    shared = set.intersection(*gives.values())
    for name in SOURCES:
        assert gives[name] - shared <= reads[name], name
        assert ("HEARTBEAT_FILE" in gives[name]) == (name in SERVICES)
