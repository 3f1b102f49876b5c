"""What the manifests run, run as they say: their commands, environments and secrets, on a real broker and store."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pika
import pytest

from deploy import kubernetes_secrets, make_secrets
from shared.analytics.backup.files import Backup
from shared.analytics.backup.make import KEYS, LOGS
from shared.bus import topology
from shared.cli import main
from shared.contracts.catalogue import SERVICES
from shared.eventlog.mongo import MongoEventLog, connect
from shared.privacy.registry import Registry
from shared.runtime import broker_setup
from shared.runtime.accounts import BACKUP, OPERATOR, keys_user
from tests.deploy.deployment import ROOT, of_kind, workloads
from tests.deploy.test_deploy_compose import ANSWERS
from tests.support.servers import guarded_store

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """As `store-setup` leaves it."""
    with guarded_store(tmp_path_factory.mktemp("guarded")) as made:
        yield made


@pytest.fixture
def folder(store, tmp_path):
    """What `make_secrets` makes, with the addresses of the store that is here."""
    made = tmp_path / "secrets"
    make_secrets.make(made, ANSWERS, "smtps://ada:correct-horse@mail.example.org", 2)
    for user in (*SERVICES, *map(keys_user, SERVICES), OPERATOR, BACKUP):
        (made / f"{user}_mongo_url").write_text(store.url_for(user))
    return made


@pytest.fixture
def given(folder, tmp_path):
    """The environment of a workload, with its secrets where they were made and its /tmp in a folder of the test."""

    def of(name):
        entries = kubernetes_secrets.files()[f"mentorship-{name}"]
        found = {**of_kind("ConfigMap")["mentorship"]["data"], **workloads()[name].environment}
        files = [value for value in found.values() if value.startswith("/run/secrets/")]
        placed = {value: str(folder / entries[Path(value).name]) for value in files}
        return {key: placed.get(value, value.replace("/tmp/", f"{tmp_path}/")) for key, value in found.items()}

    return of


@pytest.fixture
def run(given, monkeypatch, tmp_path):
    """Runs the command of a workload here, as one that has no instance of its own."""

    def of(name):
        for known in [one for one in os.environ if re.search("_(URL|FILE)$", one)]:
            monkeypatch.delenv(known)
        for key, value in given(name).items():
            monkeypatch.setenv(key, value)
        container = workloads()[name].container
        module, *arguments = container["args"]
        assert module == "shared.cli"
        mounts = {mount["mountPath"]: tmp_path / mount["name"] for mount in container["volumeMounts"]}
        for folder in mounts.values():
            folder.mkdir(exist_ok=True)
        here = [re.sub("^/[^/]+", lambda found: str(mounts[found[0]]), argument) for argument in arguments]
        return main([*here, "--data", str(tmp_path / "no-instance")])

    return of


def test_retention_runs_every_night(run, capsys) -> None:
    """With its own secret alone the CronJob reads views and registries, here of nobody."""
    assert run("retention") == 0, capsys.readouterr().err
    assert capsys.readouterr().out == "Nothing is due.\n"


def test_an_export_grows_every_night(store, run, capsys, tmp_path) -> None:
    """The CronJob makes an export, and the next night adds to it; the key lies apart."""
    with connect(store.url_for("programs")) as client:
        MongoEventLog(client, "programs", 2).prepare()
    for _ in range(2):
        assert run("export") == 0, capsys.readouterr().err
    assert (tmp_path / "exports/log/manifest.json").exists()
    assert (tmp_path / "export-key/key").exists()


def test_a_backup_is_made_every_night(store, run, capsys, tmp_path) -> None:
    """With an account that only reads, the CronJob copies logs and, apart, registries; what is past its time goes.

    In no pod but this one, and in no other claim, is there a copy.
    """
    with connect(store.url_for("programs")) as client:
        MongoEventLog(client, "programs", 2).prepare()
    with connect(store.url_for(keys_user("programs"))) as client:
        Registry(client, "programs").make("p1\x1fperson-1", b"wrapped", "kek")
    for claim in ("backups", "key-backups"):
        (tmp_path / claim / "2026-01-01T01-17-00Z").mkdir(parents=True)
    assert run("backup") == 0, capsys.readouterr().err
    [logs], [keys] = (list((tmp_path / claim).iterdir()) for claim in ("backups", "key-backups"))
    Backup(logs, LOGS).check()
    assert Backup(logs, LOGS).names("programs_log") == ["log_0", "log_1"]
    Backup(keys, KEYS).check()
    assert Backup(keys, KEYS).count("programs_keys/keys") == 1
    claims = {name: claims_of(workload) for name, workload in workloads().items()}
    assert [name for name, found in claims.items() if found & {"backups", "key-backups"}] == ["backup"]


def claims_of(workload):
    volumes = workload.pod["volumes"]
    return {volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume}


def test_the_topology_is_laid_down_again(folder, given, amqp_url, monkeypatch, capsys) -> None:
    """The Job `topology` puts back what is missing, and says in a sentence where it cannot."""
    (folder / "operator_amqp_url").write_text(amqp_url)
    for key, value in given("topology").items():
        monkeypatch.setenv(key, value)
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        connection.channel().queue_delete(topology.dead_queue("programs"))
        assert broker_setup.main() == 0
        connection.channel().queue_declare(topology.dead_queue("programs"), passive=True)
    monkeypatch.setenv("LOG_PARTITIONS", "none")
    assert broker_setup.main() == 1
    assert capsys.readouterr().err.startswith("LOG_PARTITIONS must be")


def test_a_service_starts_as_its_deployment_says(folder, given, broker, broker_passwords) -> None:
    """Command, environment and secrets of a Deployment start a real service; its probes see how it is."""
    (folder / "programs_amqp_url").write_text(broker.url("programs", broker_passwords["programs"], topology.VHOST))
    environment = {**given("programs"), "PATH": os.defpath, "PYTHONPATH": f"{ROOT}:{ROOT / 'deploy/image'}"}
    service = subprocess.Popen(
        [sys.executable, "-m", *workloads()["programs"].container["args"]], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        container = workloads()["programs"].container
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            _, *command = container[probe]["exec"]["command"]
            deadline = time.monotonic() + 40
            while subprocess.run([sys.executable, *command], env=environment, check=False).returncode:
                assert time.monotonic() < deadline, probe
                assert service.poll() is None
        os.utime(environment["HEARTBEAT_FILE"], (0, 0))  # it beats again within seconds
        assert subprocess.run([sys.executable, *command], env=environment, check=False).returncode == 1
    finally:
        service.terminate()
        assert service.wait(20) == 0
