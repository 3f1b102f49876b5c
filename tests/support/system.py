"""The whole system as tests meet it: started by `mentorship up`, spoken to over HTTP, its clock moved by command."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from shared.auth.dev_issuer import DevIssuer, Person
from shared.runtime.local import records
from shared.runtime.local.instance import PROJECT, Instance
from shared.runtime.local.processes import Child

OUTSIDE = ("SMTP_URL", "OIDC_ISSUER", "OIDC_JWKS_URL", "PUBLIC_URL", "KEY_ENCRYPTION_KEY_FILE")


@dataclass(frozen=True)
class System:
    base_url: str
    data: Path
    environment: Mapping[str, str]

    def token(
        self,
        sub: str,
        groups: Mapping[str, str] | Sequence[str] = (),
        adult: bool = True,
        roles: Sequence[str] = (),
        **more: str,
    ) -> str:
        """An access token. `groups` maps ids to "admin" or "member", or lists ids of groups with the person as member.

        `more`: name, email, locale, zoneinfo.
        """
        member_of = dict(groups) if isinstance(groups, Mapping) else dict.fromkeys(groups, "member")
        return DevIssuer(self.instance.secrets).token(Person(sub, groups=member_of, adult=adult, roles=roles, **more))

    def advance(self, seconds: float) -> None:
        """Move the system's clock ahead; every process sees it within a quarter of a second."""
        self.command("clock", "advance", f"{seconds}s")

    def command(self, *arguments: str) -> str:
        """What a `mentorship` command prints about this system. Raises CalledProcessError where it fails."""
        command = [sys.executable, "-m", "shared.cli", *arguments, "--data", str(self.data)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, env=dict(self.environment), cwd=PROJECT, check=True, timeout=180
        )
        return done.stdout

    @property
    def instance(self) -> Instance:
        """Where secrets, logs (`logs/`) and caught mails (`mail/*.eml`) are."""
        return Instance(self.data, self.environment)


def knows_no_standing(client: httpx.Client, answer: httpx.Response) -> bool:
    """Whether it was refused because the gateway does not know who is suspended (SE-19): on a machine that is so busy
    that trust_safety does not answer it in time, nobody else has failed."""
    stale = r"^gateway_standing_fresh(\{.*\})? 0"
    return answer.status_code == 503 and bool(re.search(stale, client.get("/metrics").text, re.MULTILINE))


def environment(**more: str) -> dict[str, str]:
    """This process's, without what would point the system at somebody else's mail server, issuer or keys."""
    return {name: value for name, value in os.environ.items() if name not in OUTSIDE} | more


def start(running: System, port: int) -> Child:
    """The supervisor, once the system is ready. It ends with this process, even when that is killed."""
    log = running.data / "supervisor.log"
    command = [sys.executable, "-m", "shared.cli", "up", "--data", str(running.data), "--port", str(port)]
    child = Child.spawn("supervisor", command, env=running.environment, log=log, cwd=PROJECT, tie=signal.SIGTERM)
    while not records.read(running.instance.state_file).get("ready"):
        assert child.alive(), log.read_text()
        time.sleep(0.1)
    return child
