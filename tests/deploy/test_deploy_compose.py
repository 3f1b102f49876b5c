"""`docker-compose.yml`, looked at without Docker."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from deploy import make_secrets
from services.gateway.config import Config
from shared.analytics.report.command import SQL
from shared.bus import topology
from shared.contracts.catalogue import SOURCES
from shared.runtime.accounts import ADMIN, USERS, keys_user
from shared.runtime.faults import Fault
from shared.runtime.settings import Settings
from shared.runtime.store_setup import REPLICA_SET
from tests.deploy.deployment import ROOT, compose

ALL = compose()["services"]
OURS = {name: ALL[name] for name in SOURCES}
ONCE = {"store-setup", "topology", "retention", "export", "backup"}
OPTIONAL = {"observe": {"prometheus", "grafana"}, "mail": {"mail"}, "nightly": {"retention", "export", "backup"}}
OF_THE_STORE = ("programs_keys_mongo_url", "store_admin_url", "store_passwords.json")
ANSWERS = {
    "PUBLIC_URL": "https://mentorship.example.org",
    "OIDC_ISSUER": "https://id.example.org",
    "OIDC_JWKS_URL": "https://id.example.org/certs",
}


@pytest.fixture
def made(tmp_path):
    make_secrets.make(tmp_path / "secrets", ANSWERS, "smtps://ada:correct-horse@mail.example.org", 2)
    return tmp_path / "secrets"


def given(name, made):
    """The environment of a container, with its secrets where they were made."""
    defined = compose()["secrets"]
    mounted = {}
    for secret in OURS[name]["secrets"]:
        source, target = (secret, secret) if isinstance(secret, str) else (secret["source"], secret["target"])
        mounted[f"/run/secrets/{target}"] = str(made / defined[source]["file"].removeprefix("deploy/secrets/"))
    answers = dict(line.split("=", 1) for line in (made / "compose.env").read_text().splitlines())
    environment = {}
    for key, value in OURS[name]["environment"].items():
        filled = re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda found: answers.get(found[1], found[2]), str(value))
        environment[key] = mounted.get(filled, filled)
    return environment


def test_everything_of_the_system_is_there_in_the_right_versions() -> None:
    """Five services, the gateway, RabbitMQ 4 and MongoDB 8; what nobody has to have is in a profile."""
    assert set(ALL) == {*SOURCES, "broker", "store", *ONCE, "prometheus", "grafana", "mail"}
    optional = {name: service["profiles"] for name, service in ALL.items() if "profiles" in service}
    assert optional == {name: [profile] for profile, names in OPTIONAL.items() for name in names}
    assert ALL["broker"]["image"].startswith("rabbitmq:4.")
    assert ALL["store"]["image"].startswith("mongo:8.")
    assert {ALL[name]["image"] for name in (*SOURCES, *ONCE)} == {"mentorship:local"}
    for name, service in OURS.items():
        command = ["services.gateway"] if name == "gateway" else ["shared.runtime.serve", name]
        assert service["command"] == command
        assert (ROOT / service["build"]["dockerfile"]).exists()


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_container_is_hardened(name) -> None:
    """BR-08: no root, nothing to write to but what is named, no capability, no new privilege, limits; it comes back;
    Docker's own seccomp profile stays on, and of the host it sees configuration files at most.
    """
    service = ALL[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cpus"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["user"].split(":")[0] not in {"", "0", "root"}
    assert not {"privileged", "cap_add", "devices", "pid", "ipc", "userns_mode"} & set(service)
    for volume in service.get("volumes", ()):
        source, _, *mode = volume.split(":")
        assert source in compose()["volumes"] or (source.startswith("./deploy/observability") and mode == ["ro"])
        assert source in compose()["volumes"] or (ROOT / source).is_dir()
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_image_is_of_one_version(name) -> None:
    """What runs does not change by itself."""
    assert re.search(r":(v?\d+\.\d+\.\d+|local)$", ALL[name]["image"])
    for base in re.findall(r"^FROM (\S+)", (ROOT / "deploy/image/Dockerfile").read_text(), re.MULTILINE):
        assert re.search(r":\d+\.\d+\.\d+-", base)


def test_every_long_running_container_has_a_health_check_and_waits_for_what_it_needs() -> None:
    """Services start when the topology is laid down and the store is set up, and say themselves how they are."""
    for name in set(ALL) - ONCE:
        assert ALL[name]["healthcheck"]["test"][0] == "CMD"
    for name, service in OURS.items():
        assert service["healthcheck"]["test"][-1] == name
        done = {"condition": "service_completed_successfully"}
        assert service["depends_on"] == {"topology": done, "store-setup": done}
    for name, needs in (("store-setup", "store"), ("topology", "broker"), ("prometheus", "gateway")):
        assert ALL[name]["depends_on"] == {needs: {"condition": "service_healthy"}}


def test_only_the_gateway_can_be_reached_from_outside_and_only_on_loopback() -> None:
    """BR-03, BR-08: one published port; broker, store and four services are on a network without a way out."""
    published = {name: service["ports"] for name, service in ALL.items() if "ports" in service}
    assert set(published) == {"gateway"} | OPTIONAL["observe"] | OPTIONAL["mail"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert compose()["networks"]["inside"]["internal"] is True
    with_a_way_out = {name for name, service in ALL.items() if "outside" in service.get("networks", ())}
    assert with_a_way_out == {"notifications", *published}


def test_the_store_is_a_replica_set_that_asks_for_passwords() -> None:
    """Majority writes and transactions need the one, a user per service the other; both names agree everywhere."""
    command = ALL["store"]["entrypoint"][-1]
    assert f"--replSet {REPLICA_SET}" in command
    assert "--keyFile" in command
    module, *arguments = ALL["store-setup"]["command"]
    assert module == "shared.runtime.store_setup"
    assert arguments == ["/run/secrets/store_admin_url", "/run/secrets/store_passwords", "store:27017"]
    assert ALL["store-setup"]["secrets"] == ["store_admin_url", "store_passwords"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_starts_with_what_it_is_given(name, made) -> None:
    """The real settings take each container's environment and secret files, and find its own accounts in them."""
    settings = Settings.from_environment(name, given(name, made))
    assert f"//{name}:" in settings.amqp_url
    assert settings.amqp_url.endswith(f"@broker:5672/{topology.VHOST}")
    assert f"//{name}:" in settings.mongo_url
    assert f"//{name if name == 'gateway' else keys_user(name)}:" in settings.keys_mongo_url
    assert [len(key) for key in settings.key_encryption_keys()] == [32]
    assert settings.log_partitions == 2


def test_metrics_can_be_read_with_the_token_that_was_made(made) -> None:
    """BL-04, SE-23: a deployed gateway's metrics are open to whoever has the token from a file, and to nobody else."""
    token = Config.from_environment("https://mentorship.example.org", given("gateway", made)).metrics_token
    assert token == (made / "gateway_metrics_token").read_text()
    assert len(token) == 64
    assert (made / "prometheus_metrics_token").read_text() == token


def test_prometheus_and_grafana_find_what_they_read() -> None:
    """The files of `deploy/observability` name places and hosts; that is where they are put, and who is there."""
    folder = ROOT / "deploy/observability"
    prometheus = yaml.safe_load((folder / "prometheus.yml").read_text())
    [scraped] = prometheus["scrape_configs"]
    [secret] = ALL["prometheus"]["secrets"]
    assert scraped["authorization"]["credentials_file"] == f"/run/secrets/{secret['target']}"
    assert "./deploy/observability:/etc/prometheus:ro" in ALL["prometheus"]["volumes"]
    assert {name for sd in scraped["dns_sd_configs"] for name in sd["names"]} <= set(ALL)
    [source] = yaml.safe_load((folder / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    [provider] = yaml.safe_load((folder / "grafana/provisioning/dashboards/mentorship.yml").read_text())["providers"]
    mounts = dict(volume.split(":")[:2] for volume in ALL["grafana"]["volumes"])
    assert mounts["./deploy/observability/grafana/dashboards"] == provider["options"]["path"]


def test_every_secret_that_is_named_is_made(made) -> None:
    """No container waits for a file that nothing writes, and nobody gets another's."""
    for name, secret in compose()["secrets"].items():
        assert (made / secret["file"].removeprefix("deploy/secrets/")).is_file(), name
    for name, service in OURS.items():
        for secret in service["secrets"]:
            assert secret == "smtp_url" or secret["source"].startswith(f"{name}_")
    for name, config in compose()["configs"].items():
        assert (ROOT / config["file"]).is_file(), name


def test_broker_and_store_know_a_user_per_service(made) -> None:
    """BR-01, BR-05: passwords differ, and those of the broker are there as digests only."""
    users = {user["name"] for user in json.loads((made / "broker_definitions.json").read_text())["users"]}
    assert {*SOURCES} <= users
    assert "guest" not in users
    passwords = json.loads((made / "passwords.json").read_text())
    stored = json.loads((made / "store_passwords.json").read_text())
    assert set(stored) == {ADMIN, *USERS}
    every = [*passwords["broker"].values(), *passwords["store"].values()]
    assert len(set(every)) == len(every)
    assert not any(password in (made / "broker_definitions.json").read_text() for password in every)


def test_secrets_are_the_owners_alone_and_are_kept(made) -> None:
    """A second run changes no key and no password, and the number of partitions cannot change."""
    before = {path.name: path.read_text() for path in made.iterdir() if path.name != "broker_definitions.json"}
    make_secrets.make(made, ANSWERS, "smtps://ada:correct-horse@mail.example.org", 2)
    assert {path.name: path.read_text() for path in made.iterdir() if path.name in before} == before
    assert made.stat().st_mode & 0o077 == 0
    for name in (
        "passwords.json",
        "compose.env",
        "programs_key",
        "programs_amqp_url",
        "gateway_metrics_token",
        "operator_mongo_url",
        "backups_mongo_url",
        *OF_THE_STORE,
    ):
        assert (made / name).stat().st_mode & 0o077 == 0, name
    with pytest.raises(Fault, match="2 partitions"):
        make_secrets.make(made, ANSWERS, "smtps://ada:correct-horse@mail.example.org", 3)


def test_our_containers_never_run_as_root(made) -> None:
    """BR-08: whoever makes the secrets, the user of the containers is a plain one."""
    assert not re.search(r"^MENTORSHIP_USER=0:", (made / "compose.env").read_text(), re.MULTILINE)
    dockerfile = (ROOT / "deploy/image/Dockerfile").read_text()
    assert f"USER {make_secrets.IMAGE_USER}" in dockerfile
    assert "--require-hashes" in dockerfile
    assert dockerfile.count("FROM ") == 2


def test_the_image_has_all_that_its_commands_read() -> None:
    """What is copied is let through, and the queries of `log report` are where it looks for them."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "deploy/image/Dockerfile").read_text(), re.MULTILINE)
    let_through = (ROOT / "deploy/image/Dockerfile.dockerignore").read_text().split()
    wanted = [path for line in copied for path in line.split()]
    assert {f"!{path}" for path in wanted} <= set(let_through)
    assert {SQL.relative_to(ROOT).as_posix(), "shared", "services"} <= set(wanted)
    assert any(SQL.glob("*.sql"))


def test_git_never_sees_a_secret() -> None:
    """The folder of secrets is ignored."""
    assert "/secrets/" in (ROOT / "deploy/.gitignore").read_text().splitlines()
    assert make_secrets.FOLDER == ROOT / "deploy/secrets"
