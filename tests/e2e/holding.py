"""Processes of the running system, stopped for a while."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from shared.runtime.local import records
from shared.runtime.local.processes import Child
from tests.support.system import System


def process_of(system: System, name: str) -> Child:
    """The process of a service as it runs now."""
    known = records.read(system.instance.state_file)["programs"]
    child = Child.recall(next(record for record in known if record["name"] == name))
    assert child is not None
    assert child.alive()
    return child


@contextmanager
def held(system: System, name: str) -> Iterator[Child]:
    """A service that neither answers nor ends; afterwards it goes on where it was, unless it was killed meanwhile."""
    child = process_of(system, name)
    child.signal(signal.SIGSTOP)
    try:
        yield child
    finally:
        child.signal(signal.SIGCONT)
