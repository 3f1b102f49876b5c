"""Relay and consumer on a real broker: duplicates, order, holes, bad messages, lost queues."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import orjson
import pika
import pytest

from shared.bus import topology
from shared.bus.consumer import Consumer
from shared.bus.port import Transient
from shared.bus.relay import Relay
from tests.bus.doubles import Checkpoint, ListLog, LogFeed, MemorySink, Publisher, event, until

pytestmark = pytest.mark.real

MakeConsumer = Callable[..., Consumer]
MakeRelay = Callable[..., Relay]


@pytest.fixture
def log() -> ListLog:
    return ListLog()


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


def test_relay_to_consumer(log: ListLog, sink: MemorySink, relay: MakeRelay, consumer: MakeConsumer) -> None:
    """Every commit arrives whole, once and in order, and the checkpoint follows the confirms."""
    checkpoint = Checkpoint()
    log.append(300, of=2)
    consumer(sink, LogFeed(log))
    sent = relay(log, checkpoint)
    log.append(50)
    until(lambda: len(sink.applied) == 650)
    assert sink.applied == log.events
    until(lambda: checkpoint.position == 350)
    assert (sent.published, sent.returned) == (650, 0)


def test_whoever_listens_gets_every_event_by_itself(amqp_url: str, log: ListLog, relay: MakeRelay) -> None:
    """The published language: on `mentorship.events` a message is one event, under a routing key of its own."""
    log.append(150, of=2)
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, topology.EVENTS, "#")
        checkpoint = Checkpoint()
        relay(log, checkpoint)
        until(lambda: checkpoint.position == 150)
        came = [channel.basic_get(queue, auto_ack=True) for _ in log.events]
    assert [orjson.loads(body) for _, _, body in came] == [one.envelope() for one in log.events]
    assert {method.routing_key for method, _, _ in came} == {"programs.StepMarked.0"}


def test_a_commit_larger_than_a_message(
    log: ListLog, sink: MemorySink, relay: MakeRelay, consumer: MakeConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit may be spread over batches: it is applied once it is whole."""
    monkeypatch.setattr("shared.bus.relay._BATCH_BYTES", 2000)
    log.append(5, of=20)
    consumer(sink, LogFeed(), hole_after=60)
    relay(log, Checkpoint())
    until(lambda: sink.applied == log.events)


def test_republishing_is_harmless(log: ListLog, sink: MemorySink, relay: MakeRelay, consumer: MakeConsumer) -> None:
    """A relay that starts again from an old checkpoint changes nothing at the consumer."""
    log.append(100)
    reader = consumer(sink, LogFeed())  # no help from the feed: what it reads first, the bus brings as a duplicate
    for _ in range(2):
        checkpoint = Checkpoint()
        relay(log, checkpoint)
        while checkpoint.position < 100:
            time.sleep(0.01)
    until(lambda: reader.duplicates >= 100)
    assert sink.applied == log.events


def test_duplicates_and_disorder(log: ListLog, sink: MemorySink, consumer: MakeConsumer, programs: Publisher) -> None:
    """Messages in any order, some twice, are applied in the order of the log, and all are acknowledged."""
    log.append(5, of=2)
    consumer(sink, LogFeed(), hole_after=60)
    for number in (9, 3, 3, 0, 8, 1, 2, 7, 9, 5, 4, 6, 0):
        programs.send(log.events[number])
    until(lambda: len(sink.applied) == 10)
    assert sink.applied == log.events
    until(lambda: programs.depth("matching") == 0)


def test_hole_is_read_from_the_feed(
    log: ListLog, sink: MemorySink, consumer: MakeConsumer, programs: Publisher
) -> None:
    """Commits that never came over the bus are read from the producer's log once the hole is old enough."""
    log.append(600)
    reader = consumer(sink, LogFeed(log), batch=50)
    for one in (*log.events[:10], *log.events[590:]):
        programs.send(one)
    until(lambda: len(sink.applied) == 600)
    assert sink.applied == log.events
    assert reader.fetched >= 580


def test_full_prefetch_behind_a_hole(
    log: ListLog, sink: MemorySink, consumer: MakeConsumer, programs: Publisher
) -> None:
    """With the prefetch full of followers the hole is filled at once, however young: nothing else could come."""
    log.append(60)
    consumer(sink, LogFeed(log), prefetch=20, hole_after=60)
    for one in log.events[1:]:
        programs.send(one)
    until(lambda: len(sink.applied) == 60)


def test_producer_away_while_a_hole_is_open(
    log: ListLog, sink: MemorySink, consumer: MakeConsumer, programs: Publisher
) -> None:
    """While the feed is away other sources flow on; the hole is filled when it is back."""
    log.append(2)
    other = ListLog("conversations")
    other.append(1)
    feed = LogFeed(log, other)
    feed.away = True
    consumer(sink, feed)
    programs.send(log.events[1])
    until(lambda: feed.asked)
    assert sink.applied == []
    feed.away = False
    until(lambda: len(sink.applied) == 3)


def test_lost_end_is_found(log: ListLog, sink: MemorySink, consumer: MakeConsumer) -> None:
    """Events whose messages are all lost are found by looking at the producer's log now and then."""
    consumer(sink, LogFeed(log), check_every=0.5)
    log.append(3)
    until(lambda: len(sink.applied) == 3)


def test_a_source_that_never_ends_holds_up_no_other(
    log: ListLog, sink: MemorySink, consumer: MakeConsumer, programs: Publisher
) -> None:
    """While a log grows faster than it is read, what others have sent is applied within seconds (I8)."""
    busy = ListLog("conversations")

    def feed(source: str, partition: int, after: int, limit: int) -> Any:
        if source == busy.service:
            busy.append(1)
            time.sleep(0.005)
        return LogFeed(log, busy)(source, partition, after, limit)

    consumer(sink, feed, check_every=0.5)
    until(lambda: len(sink.applied) > 100)
    log.append(1)
    programs.send(log.events[0])
    until(lambda: sink.watermark("programs", 0) == 1)


def test_lost_queue(amqp_url: str, log: ListLog, sink: MemorySink, consumer: MakeConsumer, programs: Publisher) -> None:
    """A deleted queue stops nothing for long: the feed is read meanwhile, and a new queue is taken up by itself."""
    log.append(3)
    consumer(sink, LogFeed(log))
    programs.send(log.events[0])
    until(lambda: len(sink.applied) == 1)
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        connection.channel().queue_delete("matching.events.0")
    until(lambda: len(sink.applied) == 3)
    topology.declare(amqp_url, 2)
    log.append(1)
    programs.send(log.events[3])
    until(lambda: len(sink.applied) == 4)
    until(lambda: programs.depth("matching") == 0)


def test_store_away_is_tried_again(log: ListLog, sink: MemorySink, consumer: MakeConsumer, programs: Publisher) -> None:
    """What the sink could not take stays unacknowledged and is given to it again, without a gap."""
    sink.failures = 3
    log.append(20)
    consumer(sink, LogFeed(log))
    for one in log.events:
        programs.send(one)
    until(lambda: len(sink.applied) == 20)
    assert sink.calls >= 4
    assert sink.applied == log.events


def test_bad_messages_are_parked(log: ListLog, sink: MemorySink, consumer: MakeConsumer, programs: Publisher) -> None:
    """BR-02, BR-07: undecodable, oversized and unvouched messages are parked, acknowledged, and hold nobody up."""
    log.append(1)
    consumer(sink, LogFeed(log))
    programs.raw(b"\xff no json", "programs.StepMarked.0", user_id="programs")
    programs.send(event(1), body=b'"' + b"x" * 300_000 + b'"')
    programs.send(event(1), user_id=None)
    programs.send(event(1))
    until(lambda: len(sink.parked) == 3 and len(sink.applied) == 1)
    assert [why for why, _ in sink.parked] == [
        "not JSON",
        "larger than 256 KiB",
        "sender is not the service of the event",
    ]
    until(lambda: programs.depth("matching") == 0)


def test_forged_sender(amqp_url: str, sink: MemorySink, consumer: MakeConsumer) -> None:
    """BR-02: an event that another account publishes under its own name is parked."""
    consumer(sink, LogFeed())
    forger = Publisher(amqp_url)
    forger.send(event(1), user_id="topology")
    until(lambda: sink.parked)
    assert sink.parked[0][0] == "sender is not the service of the event"
    assert sink.applied == []
    forger.connection.close()


def test_stand_by_knows_what_the_active_one_did(
    log: ListLog, sink: MemorySink, consumer: MakeConsumer, programs: Publisher
) -> None:
    """When the active consumer goes, the stand-by goes on from the shared watermark without reading the log again."""
    feed = LogFeed()
    log.append(60)
    first = consumer(sink, feed, hole_after=60, check_every=60)
    until(lambda: first.connected)
    consumer(sink, feed, hole_after=60, check_every=60)
    for one in log.events[:30]:
        programs.send(one)
    until(lambda: len(sink.applied) == 30)
    first.stop()
    for one in log.events[30:]:
        programs.send(one)
    until(lambda: len(sink.applied) == 60)
    assert sink.applied == log.events


def test_unroutable_holds_the_checkpoint(amqp_url: str, log: ListLog, relay: MakeRelay) -> None:
    """With nobody bound, `mandatory` sends events back: the checkpoint stays until somebody is bound again."""
    readers = [service for service, sources in topology.CONSUMES.items() if "programs" in sources]

    def bindings(change: str) -> None:
        with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
            for service in readers:
                queue = topology.event_queue(service, 0)
                getattr(connection.channel(), change)(queue, topology.BATCHES, "programs.*.0")

    checkpoint = Checkpoint()
    bindings("queue_unbind")
    log.append(5)
    sent = relay(log, checkpoint)
    until(lambda: sent.returned > 1)
    assert checkpoint.position == 0
    bindings("queue_bind")
    until(lambda: checkpoint.position == 5)


def test_arguments_are_in_force(amqp_url: str) -> None:
    """The queues have the arguments of the topology: declaring them otherwise is refused, and a second reader waits."""
    for queue in topology.queues(2):
        for other in ({}, {**queue.arguments, "x-max-length": 5}):
            with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
                channel = connection.channel()
                with pytest.raises(pika.exceptions.ChannelClosedByBroker) as caught:
                    channel.queue_declare(queue.name, durable=True, arguments=other)
                assert caught.value.reply_code == 406


def test_dead_letters_arrive(amqp_url: str, programs: Publisher) -> None:
    """BR-06: a rejected message goes to the service's queue of dead letters."""
    programs.send(event(1))
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        for method, _, _ in channel.consume("matching.events.0", inactivity_timeout=40):
            channel.basic_reject(method.delivery_tag, requeue=False)
            break
        until(lambda: channel.queue_declare("matching.dead", passive=True).method.message_count == 1)


def test_a_source_that_cannot_be_taken_holds_up_no_other(
    consumer: MakeConsumer, programs: Publisher, url_of: Callable[[str], str]
) -> None:
    """What waits for something of its own leaves the other sources of the queue flowing (I8)."""

    class Choosy(MemorySink):
        def apply(self, source: str, partition: int, events: Any) -> None:
            if source == "programs":
                raise Transient("not yet")
            super().apply(source, partition, events)

    sink, others = Choosy(), ListLog("conversations")
    others.append(20)
    consumer(sink, LogFeed())
    programs.send(event(1))
    conversations = Publisher(url_of("conversations"))
    for one in others.events:
        conversations.send(one)
    until(lambda: sink.applied == others.events)
    conversations.connection.close()
