"""Appends from green threads, as services do: `green_writer.py URL SERVICE`. Prints what it saw as JSON."""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

# ruff: noqa: E402 - everything that uses threads must be imported after the patch
import itertools
import json
import sys
import time

from shared.eventlog.mongo import MongoEventLog, connect
from tests.support.commands import Sent
from tests.support.commits import new_commit, positions

GREEN_THREADS, EACH = 40, 10


def main(url: str, service: str) -> None:
    sent = Sent()
    log = MongoEventLog(connect(url, event_listeners=[sent]), service, 1)
    log.prepare()
    ticks: list[float] = []
    ticker = eventlet.spawn(tick, ticks)
    tail = eventlet.spawn(follow, log)
    for writer in [eventlet.spawn(write, log, n) for n in range(GREEN_THREADS)]:
        writer.wait()
    followed = tail.wait()
    ticker.kill()
    log.close()
    pauses = [later - earlier for earlier, later in itertools.pairwise(ticks)]
    answer = {"followed": followed, "inserts": len(sent.named("insert")), "longest_pause": max(pauses)}
    print(json.dumps(answer))


def write(log: MongoEventLog, n: int) -> None:
    for seq in range(EACH):
        log.append(new_commit(f"s{n}", seq))


def follow(log: MongoEventLog) -> list[int]:
    seen: list[int] = []
    while len(seen) < GREEN_THREADS * EACH and log.wait(0, len(seen), 5):
        seen.extend(positions(log.feed(0, len(seen))))
    return seen


def tick(ticks: list[float]) -> None:
    while True:
        ticks.append(time.monotonic())
        eventlet.sleep(0.005)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
