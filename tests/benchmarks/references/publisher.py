"""For the references: publishes envelopes as fast as pika can, persistent, without confirms. EXCHANGE KEY COUNT."""

from __future__ import annotations

import os
import sys
import time

import orjson
import pika

from shared.kernel.events import Event
from tests.benchmarks.children import await_go
from tests.benchmarks.commits import commit


def bodies(count: int) -> list[bytes]:
    """The same envelopes as the relay's."""
    made = []
    for number in range(count):
        new = commit(f"stream-{number % 2000}", number, number)
        [event] = new.events
        place = (SOURCE, 0, number + 1, 0, 1, new.stream, number + 1)
        about = (new.recorded_at, new.actor, new.correlation_id, None)
        made.append(orjson.dumps(Event(event.id, event.type, 1, event.data, *place, *about).envelope()))
    return made


SOURCE = "programs"

if __name__ == "__main__":
    exchange, key, count = sys.argv[1:]
    messages = bodies(int(count))
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["BENCH_AMQP_TOPOLOGY"]))
    channel = connection.channel()
    properties = pika.BasicProperties(delivery_mode=2, content_type="application/json")
    await_go()
    for message in messages:
        channel.basic_publish(exchange, key, message, properties)
    connection.process_data_events(0)
    time.sleep(60)
