"""`python -m tests.benchmarks.green MODULE …`: runs a module under eventlet, as services run in production."""

from __future__ import annotations

import runpy
import sys
import warnings

warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated.*")

import eventlet  # noqa: E402 - after its warning is silenced

eventlet.monkey_patch()

if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
