"""The runbooks as data, and a shell that has what they name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.runtime.local.instance import PROJECT

FOLDER = PROJECT / "docs" / "runbooks"
_BLOCK = re.compile(r"^```console(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_ELSEWHERE = ("docker", "kubectl")


@dataclass(frozen=True, slots=True)
class Block:
    """Commands that belong together. `destructive`: not for a system that somebody else uses."""

    runbook: str
    commands: tuple[str, ...]
    destructive: bool

    @property
    def elsewhere(self) -> bool:
        """Whether it is for another installation than a development instance."""
        return all(command.startswith(_ELSEWHERE) for command in self.commands)


def blocks() -> list[Block]:
    return [block for path in sorted(FOLDER.glob("*.md")) for block in _blocks(path)]


def _blocks(path: Path) -> Iterator[Block]:
    for match in _BLOCK.finditer(path.read_text()):
        lines = match["body"].splitlines()
        assert all(line.startswith("$ ") for line in lines), f"{path.name}: {lines}"
        assert match["info"].strip() in {"", "destructive"}, path.name
        yield Block(path.stem, tuple(line[2:] for line in lines), bool(match["info"].strip()))


class Shell:
    """Runs blocks. A command that has been run before, in another block, is not run again."""

    def __init__(self, folder: Path, environment: Mapping[str, str], port: int) -> None:
        """`folder` takes the program `mentorship`, which knows the instance and the port to start it at.

        Whoever looks at a busy system looks again before they believe that something is wrong with it.
        """
        self.environment = {**environment, "PATH": f"{folder}:{os.environ['PATH']}", "CURL_HOME": str(folder)}
        (folder / ".curlrc").write_text("retry = 20\nretry-delay = 1\n")
        self._done: set[str] = set()
        program = folder / "mentorship"
        up = f'if [ "$1" = up ]; then set -- "$@" --one-process --port {port}; fi\n'
        run = f'{sys.executable} -m shared.cli "$@" --data "$DATA"'
        look = f'case "$1" in doctor | status) for _ in 1 2 3 4 5; do {run} && exit; sleep 1; done ;; esac\n'
        program.write_text(f"#!/bin/sh\n{up}cd {PROJECT}\n{look}exec {run}\n")
        program.chmod(0o755)

    def run(self, chosen: Iterable[Block]) -> None:
        """Every command must succeed."""
        for block in chosen:
            fresh = [command for command in block.commands if command not in self._done]
            if not fresh:
                continue
            script = "\n".join(("set -eu", *fresh))
            done = subprocess.run(
                ["bash", "-c", script], env=self.environment, capture_output=True, text=True, timeout=300, check=False
            )
            assert done.returncode == 0, f"{block.runbook}: {fresh}\n{done.stdout}\n{done.stderr}"
            self._done.update(fresh)

    def forget(self) -> None:
        """From now on every command is run once more."""
        self._done.clear()
