"""Reference: nameko's own `event_handler` with one insert for each event. COUNT. No guarantees."""

from __future__ import annotations

import os
import sys
import time

from nameko.events import event_handler
from nameko.runners import ServiceRunner
from pymongo import MongoClient

from tests.benchmarks.children import await_go, say

EFFECTS = MongoClient(os.environ["BENCH_MONGO"])["bench_stock"]["effects"]
COUNT = int(sys.argv[1])
seen = []


class Stock:
    name = "stock"

    @event_handler("bench_stock", "happened")
    def happened(self, body: dict[str, object]) -> None:
        EFFECTS.insert_one(body)
        seen.append(1)


if __name__ == "__main__":
    runner = ServiceRunner({"AMQP_URI": os.environ["BENCH_AMQP_TOPOLOGY"]})
    runner.add_service(Stock)
    runner.start()
    began = await_go()
    while len(seen) < COUNT:
        time.sleep(0.005)
    say(COUNT / (time.perf_counter() - began))
