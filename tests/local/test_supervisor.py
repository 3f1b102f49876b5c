"""`mentorship up`, `down`, `status` and `doctor`: real servers, stub programs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.demo.client import eventually
from shared.runtime.local import health, records
from shared.runtime.local.instance import Instance
from shared.runtime.local.ports import free_ports

pytestmark = pytest.mark.real

STUB = Path(__file__).with_name("stub_system.py")
PROJECT = Path(__file__).resolve().parents[2]
OUTSIDE = ("AMQP_URL", "MONGO_URL", "SMTP_URL", "OIDC_ISSUER")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in OUTSIDE}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Reachable for the broker's unprivileged user, as a checkout usually is."""
    made = Path(tempfile.mkdtemp(prefix="mentorship-test-"))
    made.chmod(0o755)
    yield made
    mentorship("down", "--data", str(made))
    shutil.rmtree(made)


def mentorship(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shared.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env=ENVIRONMENT, cwd=PROJECT, timeout=110, check=False
    )


def start(folder: Path, port: int, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(STUB), str(folder), str(port), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT | {"PYTHONPATH": str(PROJECT)},
    )


def started(process: subprocess.Popen[str]) -> bool:
    assert process.stdout
    return "is running at" in process.stdout.readline()


def left_of(folder: Path) -> list[str]:
    """Command lines of living processes that name the folder, or that run on its records."""
    found = []
    pids = {each["pid"] for each in records.read(folder / "state.json").get("programs", [])}
    for part in ("broker", "store"):
        pids |= {each["pid"] for each in records.read(folder / part / "part.json").get("processes", [])}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            session = int((entry / "stat").read_text().rpartition(")")[2].split()[3])
        except OSError:
            continue
        if line and (session in pids or (str(folder) in line and int(entry.name) != os.getpid())):
            found.append(line)
    return found


def test_a_life_of_an_instance(folder: Path) -> None:
    """Start, kill -9 of the supervisor, start anew on the same data, no second supervisor, orderly end."""
    [port] = free_ports(1)
    killed = start(folder, port)
    assert started(killed)
    before = left_of(folder)
    assert len(before) >= 5  # the broker, its port mapper, the store, two programs
    killed.kill()
    killed.communicate()
    eventually(lambda: health.ready(port), "what it had started is still there, without a keeper")
    assert mentorship("status", "--data", str(folder)).returncode == 1

    with start(folder, port) as running:
        assert started(running)
        assert mentorship("status", "--data", str(folder)).returncode == 0
        second = mentorship("up", "--data", str(folder), "--port", str(port))
        assert second.returncode == 1
        assert second.stderr == f"mentorship: Mentorship already runs in {folder}: see `mentorship status`.\n"
        doctor = mentorship("doctor", "--data", str(folder))
        assert doctor.returncode == 0, doctor.stdout
        running.send_signal(signal.SIGTERM)
        _, complaints = running.communicate(timeout=110)
        assert (running.returncode, complaints) == (0, "")
    assert left_of(folder) == []
    assert mentorship("doctor", "--data", str(folder)).returncode == 1
    assert mentorship("down", "--data", str(folder)).stdout == "Mentorship was not running.\n"


def test_a_program_that_cannot_start_ends_the_start_with_its_reason(
    tmp_path: Path, amqp_url: str, mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last words are passed on in one sentence, nothing is left running; outside servers are used where named."""
    monkeypatch.setitem(ENVIRONMENT, "AMQP_URL", amqp_url)
    monkeypatch.setitem(ENVIRONMENT, "MONGO_URL", mongo_url)
    [port] = free_ports(1)
    with start(tmp_path, port, "--broken") as process:
        _, complaints = process.communicate(timeout=110)
        assert process.returncode == 1
    assert complaints.startswith("mentorship: broken does not start: SMTP_URL is not set: set it. (more in ")
    assert complaints.count("\n") == 1
    assert left_of(tmp_path) == []
    assert not (tmp_path / "broker").exists() and not (tmp_path / "store").exists()


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    """Nothing is started when another program listens where the gateway should."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = mentorship("up", "--data", str(tmp_path), "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"mentorship: Port {port} is taken by another program: choose a free one (--port, demo: PORT=…).\n"
    )
    assert left_of(tmp_path) == []


def test_no_place_to_write_is_said_in_one_sentence() -> None:
    """A folder that cannot be made ends the start without a traceback."""
    done = mentorship("up", "--data", "/proc/nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("mentorship: ") and done.stderr.count("\n") == 1


def test_tokens_are_refused_where_an_outside_issuer_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With OIDC_ISSUER set there is no development issuer; without, there is one."""
    asked = ("token", "--sub", "ann", "--group", "g:admin", "--minor", "--ttl", "15m", "--data", str(tmp_path))
    assert "There is no instance" in mentorship(*asked).stderr
    Instance(tmp_path).prepare()
    assert mentorship(*asked).stdout.count(".") == 2
    monkeypatch.setitem(ENVIRONMENT, "OIDC_ISSUER", "https://id.example")
    done = mentorship(*asked)
    assert (done.returncode, done.stdout) == (1, "")
    assert "outside issuer" in done.stderr


def test_the_clock_of_an_instance_moves(tmp_path: Path) -> None:
    """Advances add up; a reset goes back."""
    for by in ("7d", "1h"):
        assert mentorship("clock", "advance", by, "--data", str(tmp_path)).returncode == 0
    assert float((tmp_path / "clock").read_text()) == 7 * 86400 + 3600
    assert mentorship("clock", "reset", "--data", str(tmp_path)).returncode == 0
    assert float((tmp_path / "clock").read_text()) == 0
    assert mentorship("clock", "advance", "soon", "--data", str(tmp_path)).returncode == 2
