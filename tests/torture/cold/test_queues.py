"""What the broker itself says of the queues of the running system."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.bus import topology
from shared.runtime.local.instance import Instance
from tests.support.system import System

pytestmark = pytest.mark.real

_EVENTS = {
    "x-queue-type": "quorum",
    "x-single-active-consumer": True,
    "x-overflow": "reject-publish",
    "x-max-length": 2_000_000,
    "x-delivery-limit": 100,
    "x-dead-letter-strategy": "at-least-once",
    "x-queue-leader-locator": "balanced",
}
_DEAD = {
    "x-queue-type": "quorum",
    "x-single-active-consumer": False,
    "x-overflow": "reject-publish",
    "x-max-length": 100_000,
    "x-delivery-limit": 1_000_000,
    "x-queue-leader-locator": "balanced",
}
"""As docs/architecture.md promises; written out here so that a change of the topology alone is seen."""


_PASSING = ("rpc", "gateway.live.")
"""What processes make for themselves and the broker takes away with them: calls, and streams to people."""


def _wanted(partitions: int) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for service in topology.CONSUMES:
        found[f"{service}.dead"] = _DEAD
        for number in range(partitions):
            found[f"{service}.events.{number}"] = {**_EVENTS, "x-dead-letter-exchange": f"{service}.dead"}
    return found


def _asked(instance: Instance, *what: str) -> list[dict[str, Any]]:
    broker = instance.broker()
    if broker is None:
        pytest.skip("needs a broker of which rabbitmqctl may ask: run without AMQP_URL")
    broker.recall()
    answer: list[dict[str, Any]] = json.loads(broker.ctl("--formatter", "json", *what))
    return answer


def test_the_broker_holds_every_queue_as_promised(system: System) -> None:
    """Quorum queues with the promised arguments, durable, changed by no policy: as the broker reports them."""
    what = ("name", "type", "durable", "arguments", "policy")
    found = _asked(system.instance, "list_queues", "-p", topology.VHOST, *what)
    queues = {queue["name"]: queue for queue in found if not queue["name"].startswith(_PASSING)}
    effective = {name: {key: value for key, _, value in _triples(q["arguments"])} for name, q in queues.items()}

    assert effective == _wanted(system.instance.partitions())
    assert {q["type"] for q in queues.values()} == {"quorum"}
    assert all(q["durable"] for q in queues.values())
    assert not any(queue["policy"] for queue in queues.values())
    assert _asked(system.instance, "list_operator_policies", "-p", topology.VHOST) == []


def test_every_event_reaches_a_queue(system: System) -> None:
    """Each queue of events is bound to all types of each of its sources, and each dead letter has a place to go."""
    found = _asked(
        system.instance, "list_bindings", "-p", topology.VHOST, "source_name", "destination_name", "routing_key"
    )
    bound = {(b["source_name"], b["destination_name"], b["routing_key"]) for b in found if b["source_name"]}
    keys = {(queue, key) for _, queue, key in bound}

    for service, sources in topology.CONSUMES.items():
        assert (f"{service}.dead", f"{service}.dead", "") in bound
        for number in range(system.instance.partitions()):
            assert {(f"{service}.events.{number}", f"{source}.*.{number}") for source in sources} <= keys


def _triples(arguments: Any) -> list[tuple[str, str, Any]]:
    """Arguments as (name, type, value), as rabbitmqctl gives them in one way or another."""
    if isinstance(arguments, dict):
        return [(key, "", value) for key, value in arguments.items()]
    return [tuple(each) for each in arguments]
