"""B13: an export of a million events of all services and the report over it, each as its command, in a process each.

`BENCH_EVENTS` makes it smaller, to try it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from shared.analytics.manifest import MANIFEST
from tests.benchmarks.mentorships import fill
from tests.benchmarks.runner import Place, Row, Tick

EVENTS = int(os.environ.get("BENCH_EVENTS", "1_000_000"))
_PATIENCE = 3600


def run(place: Place, tick: Tick) -> list[Row]:
    fill(place.client, EVENTS // 10)
    _, of_a_tenth = _measured(place, "export", "--out", str(place.folder / "tenth"), "--format", "parquet")
    tick("export of a tenth")
    fill(place.client, EVENTS)
    folder, page = place.folder / "export", place.folder / "report.html"
    seconds, mib = _measured(place, "export", "--out", str(folder), "--format", "parquet")
    tick("export")
    manifest = json.loads((folder / MANIFEST).read_text())
    rate = (manifest["events"] + manifest["withheld"]["events"]) / seconds
    report, of_report = _measured(place, "report", "--from-export", str(folder), "--out", str(page))
    tick("report")
    what = f"{EVENTS:,} events"
    return [
        Row("B13", f"export of {what} to Parquet", "events/s", [rate], wanted=3_000),
        Row("B13", f"export of {what}, peak memory", "MiB", [mib], wanted=512, at_least=False),
        Row("B13", f"export of {EVENTS // 10:,} events, peak memory", "MiB", [of_a_tenth]),
        Row("B13", f"report over {what}", "s", [report], wanted=60, at_least=False),
        Row("B13", f"report over {what}, peak memory", "MiB", [of_report]),
    ]


def _measured(place: Place, does: str, *arguments: str) -> tuple[float, float]:
    """Seconds, and the MiB that it held at most: its own process reports them at its end."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_export", does, *arguments]
    environment = {**os.environ, "MONGO_URL": place.store.url}
    root = Path(__file__).resolve().parents[2]
    began = time.perf_counter()
    done = subprocess.run(
        command,
        check=True,
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_PATIENCE,
    )
    return time.perf_counter() - began, int(done.stdout.split()[-1]) / 1024


if __name__ == "__main__":
    from shared.cli import main

    status = main(["log", *sys.argv[1:]])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    sys.exit(status)
