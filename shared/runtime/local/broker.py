"""A private RabbitMQ: own node, cookie, port mapper, folders and ports; loopback only; no plugins; no `guest` user."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from shared.runtime.faults import Fault
from shared.runtime.local import records
from shared.runtime.local.part import Part
from shared.runtime.local.processes import Child

_NODE = "mentorship@localhost"
_HELLO = b"AMQP\x00\x00\x09\x01"
_BIND_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
_SLEEP_WHEN_IDLE = "+sbwt none +sbwtdcpu none +sbwtdio none"

_CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
load_definitions = {definitions}
log.console = false
log.file.level = warning
vm_memory_high_watermark.absolute = 2GB
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 32000000
"""


def find_sbin() -> Path:
    """Where Debian keeps the server's own scripts; those on PATH insist on being root or `rabbitmq`. Raises Fault."""
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"))
    if not found or not shutil.which("epmd"):
        raise Fault("RabbitMQ is not installed: run `make setup`, or set AMQP_URL to a broker of yours.")
    return found[-1]


def greets(port: int) -> bool:
    """Whether a broker on loopback answers the first frame of a connection. It has loaded its definitions then."""
    try:
        with socket.create_connection(("127.0.0.1", port), 0.2) as client:
            client.settimeout(2)
            client.sendall(_HELLO)
            return client.recv(1) == b"\x01"  # a method frame: connection.start
    except OSError:
        return False


class LocalBroker(Part):
    """RabbitMQ with the users, permissions and topology of `definitions` (RabbitMQ's definitions.json as a dict)."""

    title = "RabbitMQ"
    port_count = 3  # clients, port mapper, distribution

    def __init__(self, folder: Path, definitions: Mapping[str, Any]) -> None:
        super().__init__(folder)
        self._definitions = definitions
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def url(self, user: str, password: str, vhost: str) -> str:
        return f"amqp://{quote(user, '')}:{quote(password, '')}@127.0.0.1:{self.port}/{quote(vhost, '')}"

    def ctl(self, *args: str) -> str:
        """What `rabbitmqctl` answers. Raises Fault with its complaint."""
        command = [str(find_sbin() / "rabbitmqctl"), "--quiet", *args]
        done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - our own command line
            command, env=self._environment(), cwd=self.home, capture_output=True, text=True, check=False, **self._as()
        )
        if done.returncode:
            raise Fault(f"rabbitmqctl {args[0]} failed: {' '.join((done.stderr or done.stdout).split())}")
        return done.stdout

    @property
    def home(self) -> Path:
        """Where the node keeps its files: the folder, unless the unprivileged user cannot reach it."""
        return Path(self.remembered().get("home", self.folder / "node"))

    def remove(self) -> None:
        """Delete all data of a stopped broker."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self) -> None:
        sbin = find_sbin()
        home = self._make_home()
        env = self._environment()
        log = home / "stdout.log"
        epmd = ["epmd", "-port", env["ERL_EPMD_PORT"], "-address", "127.0.0.1"]
        for name, command in (("epmd", epmd), ("rabbitmq", [str(sbin / "rabbitmq-server")])):
            self.children.append(Child.spawn(name, command, env=env, log=log, cwd=home, tie=self.tie, **self._as()))
            self.remember()
        self._wait(60, log)

    def _answers(self) -> bool:
        return greets(self.port)

    def _make_home(self) -> Path:
        home = self.home
        if "home" not in self.remembered():
            if self._user and not all(above.stat().st_mode & 0o001 for above in home.parents):
                home = Path(tempfile.mkdtemp(prefix="mentorship-broker-", dir="/var/tmp"))
            self.remember(home=str(home))
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        configuration = _CONFIGURATION.format(port=self.port, definitions=home / "definitions.json")
        records.write_text(home / "definitions.json", json.dumps(self._definitions))
        records.write_text(home / "rabbitmq.conf", configuration)
        records.write_text(home / "enabled_plugins", "[].\n")
        if self._user:
            for path in (home, *home.glob("*.conf"), home / "definitions.json", home / "enabled_plugins"):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        return home

    def _as(self) -> dict[str, Any]:
        return {"user": self._user.pw_uid, "group": self._user.pw_gid} if self._user else {}

    def _environment(self) -> dict[str, str]:
        home, (port, mapper, distribution) = self.home, self.ports
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(home),  # the cookie lives here
            "RUNNING_UNDER_SYSTEMD": "yes",  # no shell stays in front of the node
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "ERL_EPMD_PORT": str(mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "rabbit.pid"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "none-env.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "none-advanced.config"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_BIND_LOOPBACK} {_SLEEP_WHEN_IDLE}",
        }
