"""A process that appends from several threads until SIGTERM, or its parent is gone: `writer.py URL SERVICE HISTORY`.

Before each append it notes `ask <command>` in the file HISTORY, after it `ack <command> <partition> <position>`.
A stream of its own that meets a conflict is noted as `broken <stream>`, since nobody else writes to it.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time

from shared.eventlog import LogUnavailable, StreamConflict
from shared.eventlog.mongo import MongoEventLog, connect
from shared.kernel.events import Commit, NewCommit
from shared.kernel.ids import new_id
from tests.support.commits import new_commit

PARTITIONS = 2
THREADS = 4
HOT = "hot"


def main(url: str, service: str, history: str) -> None:
    over, parent = threading.Event(), os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    log = MongoEventLog(connect(url), service, PARTITIONS)
    notes = os.open(history, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    threads = [threading.Thread(target=write, args=(log, notes, over)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    while not over.wait(0.2):
        if os.getppid() != parent:
            over.set()
    for thread in threads:
        thread.join()
    log.close()


def write(log: MongoEventLog, notes: int, over: threading.Event) -> None:
    seqs: dict[str, int] = {}
    own = [new_id() for _ in range(5)]
    while not over.is_set():
        stream = HOT if random.random() < 0.1 else random.choice(own)
        commit = new_commit(stream, seqs.get(stream, 0), data=[{"text": "x" * 200}] * random.randint(1, 3))
        os.write(notes, f"ask {commit.command_id}\n".encode())
        try:
            done = insist(log, commit, over)
        except StreamConflict:
            if stream != HOT:
                os.write(notes, f"broken {stream}\n".encode())
            seqs[stream] = last_seq(log, stream, seqs.get(stream, 0))
            continue
        if done is None:
            return
        seqs[stream] = done.seq
        os.write(notes, f"ack {done.command_id} {done.partition} {done.position}\n".encode())


def insist(log: MongoEventLog, commit: NewCommit, over: threading.Event) -> Commit | None:
    """Append the same command until the answer is certain, or it is over."""
    while not over.is_set():
        try:
            return log.append(commit)
        except LogUnavailable:
            time.sleep(0.05)
    return None


def last_seq(log: MongoEventLog, stream: str, known: int) -> int:
    try:
        return max((c.seq for c in log.read_stream(stream, known)), default=known)
    except LogUnavailable:
        return known


if __name__ == "__main__":
    main(*sys.argv[1:])
