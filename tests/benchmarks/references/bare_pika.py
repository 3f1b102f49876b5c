"""Reference: a consumer that collects 100 messages, inserts them, acknowledges them. COUNT. No guarantees."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import pika
from pymongo import MongoClient

from tests.benchmarks.children import await_go, say

QUEUE, BATCH = "bench.bare", 100


def main(count: int) -> None:
    effects = MongoClient(os.environ["BENCH_MONGO"])["bench_bare_pika"]["effects"]
    channel = pika.BlockingConnection(pika.URLParameters(os.environ["BENCH_AMQP_TOPOLOGY"])).channel()
    channel.queue_declare(QUEUE, durable=True)
    channel.basic_qos(prefetch_count=2 * BATCH)
    batch: list[Any] = []
    began = await_go()
    for seen, (method, _, body) in enumerate(channel.consume(QUEUE), 1):
        batch.append(json.loads(body))
        if len(batch) == BATCH or seen == count:
            effects.insert_many(batch)
            channel.basic_ack(method.delivery_tag, multiple=True)
            batch = []
        if seen == count:
            break
    say(count / (time.perf_counter() - began))


if __name__ == "__main__":
    main(int(sys.argv[1]))
