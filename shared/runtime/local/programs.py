"""The processes of an instance beside its servers, and the keeping of one of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.contracts.catalogue import SERVICES
from shared.runtime.local.instance import PROJECT, Instance, python
from shared.runtime.local.processes import Child

_FIRST_PAUSE, _LONGEST_PAUSE, _STEADY_AFTER = 0.5, 30.0, 60.0
_STARTS_WITHIN = 1.0


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)


def programs(instance: Instance, port: int, smtp_port: int | None, *, one_process: bool) -> list[Program]:
    """The mail catcher (where `smtp_port` is given), the services and the gateway."""
    smtp_url = f"smtp://127.0.0.1:{smtp_port}" if smtp_port else instance.environment["SMTP_URL"]
    groups = [("services", SERVICES)] if one_process else [(name, (name,)) for name in SERVICES]
    found = [
        Program(name, python("shared.runtime.serve", *group), instance.environment_for(group, port, smtp_url))
        for name, group in groups
    ]
    found.append(Program("gateway", python("services.gateway"), instance.environment_for(("gateway",), port, smtp_url)))
    if smtp_port:
        command = python("shared.runtime.local.mailbox", str(smtp_port), str(instance.mail))
        found.insert(0, Program("mailbox", command, instance.environment))
    return found


class Kept:
    """A program that is started again when it ends by itself, each time a little later."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self.ends = 0
        self.child: Child | None = None
        self._started_at = 0.0
        self._next_start = 0.0
        self._pause = _FIRST_PAUSE

    def look(self) -> bool:
        """Start it where it is due. True where something changed."""
        now = time.monotonic()
        if self.child and self.child.alive():
            return False
        if self.child:
            self._note_end(now)
            return True
        if now < self._next_start:
            return False
        self.child = Child.spawn(
            self.program.name, self.program.command, env=self.program.environment, log=self.log, cwd=PROJECT
        )
        self._started_at = now
        return True

    def steady(self) -> bool:
        """Whether it has outlived the moment in which a program finds that it cannot start."""
        return self.child is not None and self.child.alive() and time.monotonic() - self._started_at > _STARTS_WITHIN

    def end(self, grace: float) -> None:
        if self.child:
            self.child.end(grace)

    def last_words(self) -> str:
        """The last line of its log, for the person who started it."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "it said nothing")

    def _note_end(self, now: float) -> None:
        self.end(0)  # whatever it left in its session
        self.child = None
        self.ends += 1
        lasted = now - self._started_at > _STEADY_AFTER
        self._pause = _FIRST_PAUSE if lasted else min(2 * self._pause, _LONGEST_PAUSE)
        self._next_start = now + self._pause
