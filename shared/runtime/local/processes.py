"""Child processes that can be found again after their parent was killed, and never be mistaken for others.

A process is known by its pid *and* its start time, so a recycled pid is never touched. Each child leads a session of
its own; ending it ends whatever else lives in that session (the helpers of an Erlang node, for instance).
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

_PAUSE = 0.02
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class _Stat:
    pid: int
    state: str
    session: int
    started: int  # clock ticks since boot


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return _Stat(pid, fields[0], int(fields[3]), int(fields[19]))


def _everything() -> Iterator[_Stat]:
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names only, and often
        if entry.isdigit() and (found := _stat(int(entry))):
            yield found


def _over(seen: _Stat) -> bool:
    """A zombie that only waits for its parent. While other threads still end, the first one is a zombie already."""
    if seen.state != "Z":
        return False
    try:
        return len(os.listdir(f"/proc/{seen.pid}/task")) <= 1  # noqa: PTH208
    except OSError:
        return True


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class Child:
    """One process with all that lives in its session. Made by `spawn`, or by `recall` from an earlier record."""

    def __init__(self, name: str, pid: int, started: int, popen: subprocess.Popen[bytes] | None = None) -> None:
        self.name = name
        self.pid = pid
        self._started = started
        self._popen = popen

    @classmethod
    def spawn(
        cls,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        cwd: Path | None = None,
        user: int | None = None,
        group: int | None = None,
        tie: signal.Signals | None = None,
    ) -> Child:
        """Start a command in its own session, output appended to `log`. Raises OSError.

        With `tie`, it gets that signal when the thread that started it ends: for tests, which may be killed.
        """
        with log.open("ab") as sink:
            popen = subprocess.Popen(  # noqa: S603 - our own command lines
                command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
                group=group,
                extra_groups=[] if user is not None else None,
                preexec_fn=partial(_LIBC.prctl, _PR_SET_PDEATHSIG, tie) if tie else None,  # noqa: PLW1509
            )
        seen = _stat(popen.pid)
        return cls(name, popen.pid, seen.started if seen else 0, popen)

    @classmethod
    def recall(cls, record: Mapping[str, Any]) -> Child | None:
        """The child of an earlier `record()`; None where the machine has been started anew since."""
        if record["boot"] != _boot():
            return None
        return cls(record["name"], record["pid"], record["started"])

    def record(self) -> dict[str, Any]:
        return {"name": self.name, "pid": self.pid, "started": self._started, "boot": _boot()}

    def alive(self) -> bool:
        if self._popen is not None:
            return self._popen.poll() is None  # also buries it
        seen = _stat(self.pid)
        return seen is not None and seen.started == self._started and not _over(seen)

    @property
    def exit_status(self) -> int | None:
        """Known only to the parent; None while it runs."""
        return self._popen.poll() if self._popen else None

    def signal(self, number: signal.Signals) -> None:
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def end(self, grace: float) -> None:
        """Ask to stop, wait up to `grace` seconds, then kill the whole session. Returns when nothing is left."""
        if grace > 0:
            self.signal(signal.SIGTERM)
        deadline = time.monotonic() + grace
        while self.alive() and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        while members := self._session():
            for pid in members:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(_PAUSE)
            self.alive()
        if self._popen is not None:
            self._popen.wait()  # its first thread may be over a moment before the others are

    def _session(self) -> list[int]:
        leader = _stat(self.pid)
        if leader and leader.started != self._started:
            return []  # the pid belongs to someone else by now, so our session had already ended
        return [seen.pid for seen in _everything() if seen.session == self.pid and not _over(seen)]


def itself(name: str) -> Child:
    """This very process, for the record."""
    seen = _stat(os.getpid())
    return Child(name, os.getpid(), seen.started if seen else 0)
