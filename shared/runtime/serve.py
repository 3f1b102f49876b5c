"""`python -m shared.runtime.serve SERVICE …`: one or several services in one process, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import warnings

warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated.*")

import eventlet

eventlet.monkey_patch()  # before anything that opens a socket is imported

import contextlib
import importlib
import signal
import sys
import threading

from nameko.runners import ServiceRunner

from shared.bus.port import Transient
from shared.runtime import heartbeat
from shared.runtime.faults import Fault
from shared.runtime.logs import configure
from shared.runtime.settings import Settings
from shared.watch import tracing

_WORKERS = 100


def main(names: list[str]) -> int:
    """Run the services; the exit status is 1 where the settings or the store do not allow a start."""
    if not names:
        _say("Name at least one service, for example: programs")
        return 1
    try:
        configure(Settings.from_environment(names[0]).log_level)
    except Fault as fault:
        _say(fault)
        return 1
    tracing.configure("-".join(names))
    runner = ServiceRunner({"max_workers": _WORKERS})
    for name in names:
        runner.add_service(_service_class(name))
    stopped = threading.Event()

    def stop(*_: object) -> None:
        eventlet.spawn_n(_stop, runner, stopped)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        heartbeat.begin()
        runner.start()
    except (Transient, Fault) as error:
        _say(error)
        return 1
    while not stopped.is_set():
        with contextlib.suppress(OSError):  # a signal interrupted the hub
            runner.wait()
            break
    return 0


def _say(sentence: object) -> None:
    sys.stderr.write(f"{sentence}\n")


def _service_class(name: str) -> type:
    module = importlib.import_module(f"services.{name}.service")
    return next(
        found for found in vars(module).values() if isinstance(found, type) and getattr(found, "name", None) == name
    )


def _stop(runner: ServiceRunner, stopped: threading.Event) -> None:
    runner.stop()
    stopped.set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
