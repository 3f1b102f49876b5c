"""A service with the rights that the manifests give it, on this machine's own kernel."""

from __future__ import annotations

import base64
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.bus import topology
from shared.bus.port import Transient
from shared.bus.rpc_client import RpcClient
from shared.runtime.accounts import keys_user
from shared.runtime.local.store import LocalStore
from tests.support import servers

pytestmark = pytest.mark.real

PROJECT = Path(__file__).resolve().parents[2]
SERVICE = "matching"

# The trees of code and Python come to where anybody may go; then nothing can be written but the folder of state.
CONFINE = """
set -eu
mount --bind "$1/state" "$1/state"
mount --bind "$2" "$1/python"
mount --bind "$3" "$1/packages"
for room in shared services; do mount --bind "$4/$room" "$1/app/$room"; done
for place in $(findmnt --raw --noheadings --output TARGET --types ext4,xfs,btrfs,overlay,tmpfs); do
    case "$place" in "$1/state" | /sys/*) ;; *) mount -o remount,bind,ro "$place" ;; esac
done
cd "$1/app"
exec setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- \\
    "$1/python/bin/python3" -S -m shared.runtime.serve "$5"
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """Folders to mount on, and one that belongs to nobody."""
    made = Path(tempfile.mkdtemp(prefix="mentorship-confined-"))
    made.chmod(0o755)
    for name in ("state", "python", "packages", "app/shared", "app/services"):
        (made / name).mkdir(parents=True)
    key = made / "state/key"
    key.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    key.chmod(0o400)
    nobody = pwd.getpwnam("nobody")
    for path in (made / "state", key):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def environment(
    place: Path, guarded: LocalStore, broker: servers.Broker, broker_passwords: dict[str, str]
) -> dict[str, str]:
    """All that the process is given."""
    return {
        "PATH": os.defpath,
        "HOME": str(place / "state"),
        "TMPDIR": str(place / "state"),
        "PYTHONPATH": f"{place / 'app'}:{place / 'packages'}",
        "LD_LIBRARY_PATH": str(place / "python/lib"),  # where a Python of one's own keeps its library
        "PYTHONDONTWRITEBYTECODE": "1",
        "AMQP_URL": broker.url(SERVICE, broker_passwords[SERVICE], topology.VHOST),
        "MONGO_URL": guarded.url_for(SERVICE),
        "KEYS_MONGO_URL": guarded.url_for(keys_user(SERVICE)),
        "KEY_ENCRYPTION_KEY_FILE": str(place / "state/key"),
    }


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="only root may take rights away like this")
def test_a_service_works_as_nobody_on_a_read_only_tree(place: Path, environment: dict[str, str]) -> None:
    """BR-09: as nobody, without any capability, with nothing to write to but its folder, it starts and answers."""
    packages = sysconfig.get_path("purelib")
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", CONFINE, "confine"]
    command += [str(place), sys.base_prefix, packages, str(PROJECT), SERVICE]
    with (place / "said").open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
    try:
        assert answers(environment["AMQP_URL"], process), (place / "said").read_text()
        seen = Path(f"/proc/{process.pid}")
        status = dict(line.split(":", 1) for line in (seen / "status").read_text().splitlines())
        assert set(status["Uid"].split()) == {str(pwd.getpwnam("nobody").pw_uid)}
        assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
        assert status["NoNewPrivs"].strip() == "1"
        assert status["Groups"].split() == []
        assert writable(seen) == {str(place / "state")}
    finally:
        process.terminate()
        try:
            process.wait(60)
        finally:
            process.kill()
            process.wait()


def answers(amqp_url: str, process: subprocess.Popen[bytes]) -> bool:
    client = RpcClient(amqp_url, 2.0)
    deadline = time.monotonic() + 100
    try:
        while process.poll() is None and time.monotonic() < deadline:
            try:
                return bool(client.call(SERVICE, "ping") == "pong")
            except Transient:
                time.sleep(0.1)
    finally:
        client.stop()
    return False


def writable(process: Path) -> set[str]:
    """Where on a disk or in memory the process sees a file system that is not read-only."""
    found = {}
    for line in (process / "mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        target, options = before.split()[4:6]
        if after.split()[0] in {"ext4", "xfs", "btrfs", "overlay", "tmpfs"}:
            found[target] = options.split(",")[0]  # a later mount hides an earlier one
    return {target for target, mode in found.items() if mode == "rw" and not target.startswith("/sys/")}
