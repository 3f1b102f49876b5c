"""What the broker holds: exchanges, queues, bindings, and who may touch what. Data first; two functions lay it down.

Every queue argument is explicit, so that RabbitMQ 3.10 and 4 behave alike. Services declare nothing but RPC queues.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pika
from pika.exceptions import AMQPError

from shared.bus.port import Transient

VHOST = "mentorship"
EVENTS = "mentorship.events"
"""Every event as a message of its own, for whoever listens: `<service>.<Type>.<partition>`."""

BATCHES = "mentorship.batches"
"""The same events for the queues of services, as many in a message as there are: `<service>.batch.<partition>`."""

RPC = "nameko-rpc"

CONSUMES: dict[str, tuple[str, ...]] = {
    "programs": ("matching", "conversations", "trust_safety", "gateway"),
    "matching": ("programs", "conversations", "trust_safety", "gateway"),
    "conversations": ("programs", "matching", "trust_safety", "gateway"),
    "trust_safety": ("programs", "matching", "conversations", "notifications", "gateway"),
    "notifications": ("programs", "matching", "conversations", "trust_safety", "gateway"),
}
"""Which sources each service reads over the bus. Its own events it reads from its own log, never from here."""

USERS = (*CONSUMES, "gateway")
"""One broker account per service, named like it, so that the broker vouches for the sender of every message."""

TOPOLOGY_USER = "topology"
"""May declare everything; only made where a password for it is given."""


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    arguments: Mapping[str, Any]
    bindings: tuple[tuple[str, str], ...] = field(default=())
    """Pairs of (exchange, routing key)."""


def event_queue(service: str, partition: int) -> str:
    return f"{service}.events.{partition}"


def dead_queue(service: str) -> str:
    """Name of both the dead-letter exchange and the one queue behind it."""
    return f"{service}.dead"


def rpc_queue(service: str) -> str:
    return f"rpc-{service}"


_COMMON = {"x-queue-type": "quorum", "x-overflow": "reject-publish", "x-queue-leader-locator": "balanced"}


def _event_arguments(service: str) -> dict[str, Any]:
    return {
        **_COMMON,
        "x-single-active-consumer": True,
        # Far above what a store outage with its reconnects uses up; what ends as dead is read from the feed instead.
        "x-delivery-limit": 100,
        "x-dead-letter-exchange": dead_queue(service),
        "x-dead-letter-strategy": "at-least-once",
        # A full queue makes the relay wait, which is loud; it never drops.
        "x-max-length": 2_000_000,
    }


_DEAD_ARGUMENTS = {
    **_COMMON,
    "x-single-active-consumer": False,
    # People look at dead letters by taking and giving back; that must not use them up (4.x would default to 20).
    "x-delivery-limit": 1_000_000,
    "x-max-length": 100_000,
}


def exchanges() -> dict[str, str]:
    """Type of every exchange by its name; all durable."""
    return {EVENTS: "topic", BATCHES: "topic", RPC: "topic", **{dead_queue(service): "fanout" for service in CONSUMES}}


def queues(partitions: int) -> Iterator[Queue]:
    """Every durable queue for events: one per consuming service and partition, and one for its dead letters."""
    for service, sources in CONSUMES.items():
        yield Queue(dead_queue(service), _DEAD_ARGUMENTS, ((dead_queue(service), ""),))
        for partition in range(partitions):
            bindings = tuple((BATCHES, f"{source}.*.{partition}") for source in sources)
            yield Queue(event_queue(service, partition), _event_arguments(service), bindings)


def reply_key(account: str, of: str) -> str:
    """Where an account hears answers to its calls. It is named in each call, and no other account may listen there."""
    return f"{account}.reply.{of}"


def permission(user: str) -> dict[str, str]:
    """Regular expressions over resource names. No service can declare, delete or rebind a queue for events."""
    own = rf"rpc-{user}|rpc\.reply-{user}-.*"
    if user == "gateway":
        own += r"|gateway\..*"
    reads = r"mentorship\.events" if user == "gateway" else rf"{user}\.(events\.\d+|dead)"
    return {
        "configure": rf"^({own})$",
        "write": rf"^({own}|mentorship\.(events|batches)|nameko-rpc)$",
        "read": rf"^({own}|{reads}|nameko-rpc)$",
    }


def topic_permissions(user: str) -> dict[str, dict[str, str]]:
    """Per exchange: the routing keys that a user may publish with (write) and bind with (read)."""
    own = rf"{user}\.\*|{re.escape(reply_key(user, ''))}[0-9a-f-]+"
    if user == "gateway":
        own += r"|gateway\..*"
    return {
        EVENTS: {"write": rf"^{user}\.", "read": ".*" if user == "gateway" else "^$"},
        BATCHES: {"write": rf"^{user}\.", "read": "^$"},
        RPC: {"write": ".*", "read": rf"^({own})$"},
    }


def definitions(passwords: Mapping[str, str], partitions: int) -> dict[str, Any]:
    """All of it in RabbitMQ's definitions format, users included. Raises KeyError where a user has no password."""
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    operators = [TOPOLOGY_USER] if TOPOLOGY_USER in passwords else []
    return {
        "users": [
            *(_user(user, passwords[user], []) for user in USERS),
            *(_user(user, passwords[user], ["administrator"]) for user in operators),
        ],
        "vhosts": [{"name": VHOST}],
        "permissions": [
            *({"user": user, "vhost": VHOST, **permission(user)} for user in USERS),
            *({"user": user, "vhost": VHOST, **everything} for user in operators),
        ],
        "topic_permissions": [
            {"user": user, "vhost": VHOST, "exchange": exchange, **allowed}
            for user in USERS
            for exchange, allowed in topic_permissions(user).items()
        ],
        "exchanges": [
            {"name": name, "type": kind, "internal": False, **_durable(), "arguments": {}}
            for name, kind in exchanges().items()
        ],
        "queues": [
            {"name": queue.name, **_durable(), "arguments": dict(queue.arguments)} for queue in queues(partitions)
        ],
        "bindings": [
            _binding(queue.name, exchange, key) for queue in queues(partitions) for exchange, key in queue.bindings
        ],
    }


def _durable() -> dict[str, Any]:
    return {"vhost": VHOST, "durable": True, "auto_delete": False}


def _binding(queue: str, exchange: str, key: str) -> dict[str, Any]:
    return {
        "source": exchange,
        "vhost": VHOST,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }


def _user(name: str, password: str, tags: list[str]) -> dict[str, Any]:
    salt = os.urandom(4)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "name": name,
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": tags,
        "limits": {},
    }


def declare(url: str, partitions: int) -> None:
    """Lay down exchanges, queues and bindings over AMQP, for a broker that is not ours. Safe to repeat.

    Raises pika's exceptions: a queue that exists with other arguments is an error (406), never silently kept.
    """
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        for name, kind in exchanges().items():
            channel.exchange_declare(name, kind, durable=True)
        for queue in queues(partitions):
            channel.queue_declare(queue.name, durable=True, arguments=dict(queue.arguments))
            for exchange, key in queue.bindings:
                channel.queue_bind(queue.name, exchange, key)


def empty(url: str, partitions: int) -> None:
    """Throw away what the queues hold, while nobody reads them: consumers read it from the logs. Safe to repeat.

    What was published of a past that was not restored would be taken for what comes in its place. Raises Transient.
    """
    try:
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            channel = connection.channel()
            for queue in queues(partitions):
                channel.queue_purge(queue.name)
    except (AMQPError, OSError) as error:
        raise Transient("the broker is away") from error
