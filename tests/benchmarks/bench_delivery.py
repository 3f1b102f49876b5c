"""B2 and B3: from the log over the broker into a view, exactly once in effect, beside two ways that promise nothing.

B4: how long one event is under way while 200 a second come.
"""

from __future__ import annotations

from contextlib import ExitStack

from shared.eventlog.place import log_database
from tests.benchmarks.children import Contestant
from tests.benchmarks.commits import fill
from tests.benchmarks.runner import CONSUMER, ROUNDS, SOURCE, Place, Row, Tick, percentile, take_turns

EVENTS = 20_000
STOCK_EVENTS = 3_000
_FLOW = "tests.benchmarks.child_flow"
_REFERENCES = "tests.benchmarks.references"
_RATE, _SECONDS = 200, 5


def run(place: Place, tick: Tick) -> list[Row]:
    fill(place.client, SOURCE, place.partitions, EVENTS)
    found = take_turns(
        {
            "log to view": lambda: _ours(place, green=True),
            "log to view, plain threads": lambda: _ours(place, green=False),
            "stock event_handler": lambda: _stock(place),
            "bare pika, batches of 100": lambda: _bare(place),
        },
        tick,
    )
    ours, plain, stock, bare = found.values()
    _, _, stock_name, bare_name = found
    return [
        Row("B2", "event to effect", "events/s", ours, stock_name, stock, 8),
        Row("B3", "event to effect", "events/s", ours, bare_name, bare, 0.5),
        Row("B3", "event to effect, plain threads instead of eventlet", "events/s", plain, bare_name, bare),
    ]


def run_latency(place: Place, tick: Tick) -> list[Row]:
    median, worst = [], []
    for _ in range(ROUNDS):
        took = _latencies(place)
        median.append(percentile(took, 0.5))
        worst.append(percentile(took, 0.99))
        tick("append to visible")
    what = f"append to visible elsewhere, {_RATE} events/s"
    return [
        Row("B4", f"{what}, p50", "ms", median, wanted=15, at_least=False),
        Row("B4", f"{what}, p99", "ms", worst, wanted=60, at_least=False),
    ]


def _ours(place: Place, *, green: bool) -> float:
    """The log is there; relay and consumer start from nothing, each in a process of its own."""
    place.client[SOURCE]["checkpoints"].drop()
    place.client.drop_database(CONSUMER)
    with ExitStack() as stack:
        children = [
            stack.enter_context(Contestant(_FLOW, *does, log=place.log, green=green, **place.environment()))
            for does in (("consume", EVENTS), ("relay",))
        ]
        return _race(children)


def _stock(place: Place) -> float:
    place.client.drop_database("bench_stock")
    return _reference(place, "stock_handler", "bench_stock.events", "happened", STOCK_EVENTS, green=True)


def _bare(place: Place) -> float:
    place.client.drop_database("bench_bare_pika")
    return _reference(place, "bare_pika", "", "bench.bare", EVENTS, green=False)


def _reference(place: Place, name: str, exchange: str, key: str, count: int, *, green: bool) -> float:
    environment = place.environment()
    with ExitStack() as stack:
        consumer = Contestant(f"{_REFERENCES}.{name}", count, log=place.log, green=green, **environment)
        stack.enter_context(consumer)
        publisher = Contestant(
            f"{_REFERENCES}.publisher", exchange, key, count, log=place.log, green=False, **environment
        )
        stack.enter_context(publisher)
        return _race([consumer, publisher])


def _race(children: list[Contestant]) -> float:
    """The first of them tells the rate."""
    for child in children:
        child.ready()
    for child in children:
        child.go()
    return float(children[0].answer())


def _latencies(place: Place) -> list[float]:
    place.client.drop_database(SOURCE)
    place.client.drop_database(log_database(SOURCE))
    place.client.drop_database(CONSUMER)
    count = _RATE * _SECONDS
    with ExitStack() as stack:
        children = [
            stack.enter_context(Contestant(_FLOW, *does, log=place.log, **place.environment()))
            for does in (("watch", count), ("append", _RATE, _SECONDS))
        ]
        for child in children:
            child.ready()
        for child in children:
            child.go()
        return list(children[0].answer())
