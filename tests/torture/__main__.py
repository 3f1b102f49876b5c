"""`python -m tests.torture`: the whole system under faults (T2), `--long` for longer (T3), `--planted` for the bugs."""

from __future__ import annotations

import argparse
import importlib
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from tests.torture.system import plans, report
from tests.torture.system.run import Run

_PROJECT = Path(__file__).resolve().parents[2]


def main() -> int:
    """0 only where every invariant holds and everything that was planned was done."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--long", action="store_true", help="T3: a three-node replica set, 45 minutes, a report")
    parser.add_argument("--seed", type=int, help="the same people, commands and faults again")
    parser.add_argument("--minutes", type=float, help="how long it may take in all; fewer faults in less time")
    parser.add_argument("--planted", action="store_true", help="plant each bug, and see its invariant turn red")
    args = parser.parse_args()
    if args.planted:
        return int(importlib.import_module("tests.torture.planted_run").run())
    seed = args.seed if args.seed is not None else secrets.randbelow(2**31)
    plan = plans.long(seed, args.minutes) if args.long else plans.short(seed, args.minutes)
    parent = os.environ.get("TORTURE_DIR") or tempfile.mkdtemp(prefix="torture-")
    folder = Path(parent) / f"seed-{seed}"
    sys.stderr.write(f"Seed {seed}, in {folder}.\n")
    outcome = Run(plan, folder).run()
    text = report.render(outcome)
    sys.stdout.write(text)
    if args.long:
        target = _PROJECT / "docs/reliability/report.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    if report.holds(outcome):
        shutil.rmtree(folder, ignore_errors=True)
        return 0
    sys.stderr.write(f"Not everything holds: history, logs and stores are kept in {folder}.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
