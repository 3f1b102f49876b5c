"""A process that writes for B1: `log` (one of several on one log), `counter` or `bare`, then what it takes."""

from __future__ import annotations

import os
import sys

from shared.eventlog.mongo import MongoEventLog, connect
from tests.benchmarks.bench_append import Write, bare, counter, hammer
from tests.benchmarks.children import await_go, say
from tests.benchmarks.commits import commit


def writing(kind: str, service: str, partitions: int) -> Write:
    client = connect(os.environ["BENCH_MONGO"], maxPoolSize=200)
    if kind != "log":
        return {"counter": counter, "bare": bare}[kind](client)
    log = MongoEventLog(client, service, partitions)
    log.prepare()
    return lambda stream, seq: log.append(commit(stream, seq))


if __name__ == "__main__":
    kind, service, partitions, writers, seconds = sys.argv[1:]
    write = writing(kind, service, int(partitions))
    await_go()
    say(hammer(int(writers), float(seconds), write))
