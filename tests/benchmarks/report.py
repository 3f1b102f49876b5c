"""Keeps the raw rounds in docs/benchmarks.json and writes the table of docs/benchmarks.md from them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from shared.runtime.local.store import find_mongod
from tests.benchmarks.notes import NOTES
from tests.benchmarks.runner import Row

_DOCS = Path(__file__).resolve().parents[2] / "docs"
RAW, TABLE = _DOCS / "benchmarks.json", _DOCS / "benchmarks.md"
_LIBRARIES = (
    *("pymongo", "amqp", "pika", "nameko", "eventlet", "starlette", "uvicorn", "orjson", "numpy", "scipy"),
    *("pyarrow", "duckdb"),
)
_BUSY = 1.0

_HEAD = """\
# Benchmarks

Written by `make bench` (one of them: `make bench ONLY=B2`); raw rounds, versions and hardware are in
[benchmarks.json](benchmarks.json). Every figure is a median of at least five rounds, those of B9 of three; B13 is run
once. Where there is a reference, both took turns within one run, and the ratio of their medians is what counts: a
slower or busier machine moves both. No test fails on a time. Code: [tests/benchmarks](../tests/benchmarks/).
"""

_PROVISIONAL = "**Provisional:** {ids} were measured while other programs used the processors (load {load:.1f} before)."

_FOOT = """\
## What is measured

- **B1** Threads of one process append commits of about 700 bytes, each on streams of its own, and wait until they are
  durable on a majority and journaled. The first reference takes a position from a counter in the transaction that
  inserts; the second is `insert_one` with the same durability and no index beside `_id`. Below them: the same log,
  written by 64 writers in 1, 2 and 4 processes under eventlet, with 1 and 4 partitions.
- **B2, B3** 20,000 commits are in the log. The clock starts when relay and consumer, in a process each, start from
  nothing, and ends when the last effect and its watermark are committed. Two partitions, quorum queues, confirms; one
  service is bound. The references get the same envelopes from a bare pika publisher in another process, without
  confirms, over durable classic queues: nameko's `event_handler` as it comes (3,000 events), and a pika consumer that
  inserts 100 at once and then acknowledges.
- **B4** From before the append in one process to the commit of the view in another, 200 single appends a second.
- **B5, B6** 50 clients with open connections, one process each for client, gateway and service. Ours: a chat message
  and the reading of a pair, with tokens, limits, policy, sealing and log. The reference is the way of nameko's
  examples: `@http`, RPC, insert, dispatch; and `@http`, RPC, `find_one` of the very answer that ours gives. A command
  is measured twice: while nobody handles its event (ours: the four services that would are halted), and while four
  services do (theirs: one insert each in a stock `event_handler`; ours: with all guarantees). Each round begins when
  all that came of the rounds before is done.
- **B7** 40,000 messages. The plain cursor reads the same documents and decodes nothing. The rebuild is that of
  `mentorship views rebuild`.
- **B8** Twenty draws of 300 mentees with 1 to 4 needs each and 200 mentors with one place and 2 to 6 topics each, of 20
  topics that are not all alike ([people.py](../tests/benchmarks/people.py)); everybody has waited for up to 90 days.
  Ours with the dial as it comes (0.25). "In the order of waiting": who has waited longest takes the best mentor left.
- **B9** From the instance to the plan, each round in a process of its own, with the dial at 0. The
  reference scores all pairs with the same
  tables and assigns them densely; where a rule keeps two apart it gains nothing, and couples to be kept apart it may
  pair, so its total is a bound. Plain: needs, topics, languages and clocks. Rich: also free hours, three questions, six
  languages of which two must share one, and 5,000 couples to be kept apart.
- **B10** `mentorship up --detach` in a folder that was used before; memory is that of services and gateway, 10 s
  later, shared pages counted once per process that shares them (PSS) or in full (RSS).
- **B12** The same appends (64 writers) and the same projection, in turn on a log of 10,000 and on one of 1,000,000
  commits, in a store with the small cache that development and tests give it.
- **B13** The logs of five services with a million events of 8,500 pairs, in one store with that cache. Each command has
  a process of its own, timed from its start to its end; memory is the most that was resident at once.
"""


def keep(ids: Sequence[str], rows: Sequence[Row], load: float) -> None:
    """Replace what is known of these benchmarks; the others stay."""
    known = json.loads(RAW.read_text()) if RAW.exists() else {}
    runs = known.get("runs", {})
    for id in ids:
        lines = [row.as_dict() for row in rows if row.id == id]
        runs[id] = {"at": time.strftime("%Y-%m-%d %H:%M", time.gmtime()), "load_before": round(load, 2), "rows": lines}
    ordered = {id: runs[id] for id in sorted(runs, key=lambda name: int(name[1:]))}
    RAW.write_text(json.dumps({"machine": machine(), "versions": versions(), "runs": ordered}, indent=1) + "\n")
    TABLE.write_text(_text(ordered))


def machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": model,
        "processors": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": platform.release(),
    }


def versions() -> dict[str, str]:
    store = subprocess.run([find_mongod(), "--version"], capture_output=True, text=True, check=True).stdout
    broker = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*"))
    return {
        "python": platform.python_version(),
        "mongodb": store.splitlines()[0].rpartition("v")[2],
        "rabbitmq": broker[-1].name.rpartition("-")[2] if broker else "in a container",
        **{name: metadata.version(name) for name in _LIBRARIES},
    }


def _text(runs: dict[str, Any]) -> str:
    parts = [_HEAD]
    if busy := {id: run["load_before"] for id, run in runs.items() if run["load_before"] > _BUSY}:
        parts.append(_PROVISIONAL.format(ids=", ".join(busy), load=max(busy.values())) + "\n")
    parts.append("| id | work | ours | reference | target | measured | |\n|---|---|---|---|---|---|---|")
    rows = [row for run in runs.values() for row in run["rows"]]
    parts.append("\n".join(_line(row) for row in rows) + "\n")
    missed = {row["id"] for row in rows if row["met"] is False}
    if why := [f"- **{id}** {NOTES[id]}" for id in runs if id in missed and id in NOTES]:
        parts.append("## Where a target is missed\n\n" + "\n".join(why) + "\n")
    facts = machine()
    used = ", ".join(f"{name} {version}" for name, version in versions().items())
    where = (
        f"{facts['processor']}, {facts['processors']} processors, {facts['memory_gib']} GiB; Linux {facts['system']}"
    )
    return "\n".join([*parts, _FOOT, f"## Where\n\n{where}. Versions: {used}.\n"])


def _line(row: dict[str, Any]) -> str:
    ratio = bool(row["reference"])
    unit = row["unit"]
    ours, reference = _number(_median(row["ours"])), ""
    if ratio:
        reference = f"{row['versus']}: {_number(_median(row['reference']))}"
    sign = "≥" if row["at_least"] else "≤"
    measured = f"{row['measured']:.2f} ×" if ratio else f"{ours} {unit}"
    wanted = ""
    if row["wanted"] is not None:
        wanted = f"{sign} {row['wanted']:g} ×" if ratio else f"{sign} {_number(row['wanted'])} {unit}"
    met = {True: "met", False: "**missed**", None: ""}[row["met"]]
    return f"| {row['id']} | {row['what']} | {ours} {unit} | {reference} | {wanted} | {measured} | {met} |"


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
