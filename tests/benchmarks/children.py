"""Processes that take part in a benchmark: they say when they are ready, start when told, and answer with JSON."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 120.0


class Contestant:
    """A child process, ended with the context. What it complains of is in `log`."""

    def __init__(self, module: str, *arguments: object, log: Path, green: bool = True, **environment: str) -> None:
        launcher = ["tests.benchmarks.green", module] if green else [module]
        self.module = module
        self._sink = log.open("ab")
        self._log = log
        self._process = subprocess.Popen(
            [sys.executable, "-m", *launcher, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._sink,
            env={**os.environ, **environment},
            cwd=_ROOT,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ready(self) -> Self:
        """Wait until everything is imported and connected."""
        said = self.answer()
        assert said == "ready", f"{self.module} said {said}"
        return self

    def go(self) -> None:
        assert self._process.stdin
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()

    def answer(self, patience: float = _PATIENCE) -> Any:
        """Its next line. Raises TimeoutError, or RuntimeError where it has ended."""
        assert self._process.stdout
        if not select.select([self._process.stdout], [], [], patience)[0]:
            raise TimeoutError(f"{self.module} did not answer in {patience:.0f} s: see {self._log}")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.module} ended: {self._log.read_text()[-2000:]}")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._sink):
            if pipe:
                pipe.close()


def say(what: Any) -> None:
    """From a child to the benchmark."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def await_go() -> float:
    """In a child: ready; then wait for the start, and give its time."""
    say("ready")
    sys.stdin.readline()
    return time.perf_counter()
