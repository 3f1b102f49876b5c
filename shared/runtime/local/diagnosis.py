"""What can be wrong with an instance, checked one thing at a time; each check gives a line or raises its fault."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import pika
import pymongo
from pika.exceptions import AMQPError
from pymongo.errors import PyMongoError

from shared.bus import topology
from shared.bus.port import Transient
from shared.contracts.catalogue import SERVICES
from shared.eventlog.mongo import connect
from shared.kernel.errors import Unavailable
from shared.privacy.registry import Registry
from shared.runtime.accounts import keys_user
from shared.runtime.faults import Fault, sentence_of
from shared.runtime.local import health, records
from shared.runtime.local.broker import find_sbin
from shared.runtime.local.instance import Instance
from shared.runtime.local.store import find_mongod
from shared.runtime.settings import keys_mongo_url
from shared.views.progress import lags, progress

_LEAST_FREE_BYTES = 300_000_000
_OLDEST_STORE = 6
_MUCH_LAG = 1000
"""Commits. Views are moments behind in quiet times; so many take a stuck consumer or a heavy load."""


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    well: bool
    sentence: str


def diagnose(instance: Instance) -> Iterator[Finding]:
    """One finding per check; a failing check does not keep the others from being made."""
    partitions = instance.partitions()
    return _made(
        {
            "programs": lambda: _programs(instance),
            "folder": lambda: _folder(instance),
            "broker": lambda: _broker(instance.broker_url(topology.TOPOLOGY_USER)),
            "topology": lambda: _topology(instance.broker_url(topology.TOPOLOGY_USER), partitions),
            "store": lambda: check_store(instance.store_url("programs")),
            "keys": lambda: check_keys(instance),
            "services": lambda: _services(instance),
            "lag": lambda: _lag({service: instance.store_url(service) for service in SERVICES}, partitions),
        }
    )


def diagnose_elsewhere(store_url: str, broker_url: str, public_url: str, partitions: int) -> Iterator[Finding]:
    """The same of an installation that is not of this machine, with the accounts of its operators.

    Nothing is said of keys, which operators cannot reach.
    """
    return _made(
        {
            "broker": lambda: _broker(broker_url),
            "topology": lambda: _topology(broker_url, partitions),
            "store": lambda: check_store(store_url),
            "services": lambda: _answers_at(public_url),
            "lag": lambda: _lag(dict.fromkeys(SERVICES, store_url), partitions),
        }
    )


def _made(checks: dict[str, Callable[[], str]]) -> Iterator[Finding]:
    for subject, check in checks.items():
        try:
            yield Finding(subject, True, check())
        except Fault as fault:
            yield Finding(subject, False, str(fault))
        except OSError as error:
            yield Finding(subject, False, sentence_of(error))


def _programs(instance: Instance) -> str:
    found = []
    if instance.broker():
        found.append(f"RabbitMQ in {find_sbin().parent}")
    if instance.store():
        found.append(f"MongoDB in {find_mongod()}")
    return "; ".join(found) or "broker and store are outside"


def _folder(instance: Instance) -> str:
    if not instance.folder.is_dir():
        raise Fault(f"There is no instance in {instance.folder}: start one with `mentorship up`.")
    if not os.access(instance.folder, os.W_OK | os.X_OK):
        raise Fault(f"There is no right to write in {instance.folder}: change its owner.")
    free = shutil.disk_usage(instance.folder).free
    if free < _LEAST_FREE_BYTES:
        raise Fault(f"Only {free // 10**6} MB are free under {instance.folder}: free some space.")
    return f"{instance.folder} is writable, {free // 10**9} GB free"


def _broker(url: str) -> str:
    with _connection(url) as connection:
        properties: dict[str, Any] = connection._impl.server_properties  # noqa: SLF001 - pika has no other way
    versions = {name: _text(properties.get(name)) for name in ("product", "version")}
    return f"{versions['product']} {versions['version']} answers"


def _topology(url: str, partitions: int) -> str:
    waiting = dead = 0
    with _connection(url) as connection:
        for name, kind in topology.exchanges().items():
            _present(f"exchange {name}", partial(connection.channel().exchange_declare, name, kind, passive=True))
        for queue in topology.queues(partitions):
            look = partial(connection.channel().queue_declare, queue.name, passive=True)
            count = _present(f"queue {queue.name}", look).method.message_count
            if queue.name.endswith(".dead"):
                dead += count
            else:
                waiting += count
    if dead:
        # Nothing is lost: consumers read what these tell from the producers' logs. But something fails again and again.
        raise Fault(f"Dead letters: {dead}, each a delivery that failed 100 times. See docs/operations.md.")
    return f"all exchanges and queues are there, {waiting} messages wait"


def _present(what: str, look: Callable[[], Any]) -> Any:
    try:
        return look()
    except AMQPError:
        raise Fault(f"The broker lacks the {what}: `mentorship up` lays it down.") from None


def _connection(url: str) -> pika.BlockingConnection:
    try:
        return pika.BlockingConnection(pika.URLParameters(url))
    except (AMQPError, OSError, ValueError) as error:
        raise Fault(f"The broker does not let us in ({type(error).__name__}): check AMQP_URL and its user.") from None


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def check_store(url: str) -> str:
    """A sentence on a store that is fit; raises Fault where it is not."""
    try:
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(url, serverSelectionTimeoutMS=3000)
        with client:
            hello = client.admin.command("hello")
            version = str(client.server_info()["version"])
    except PyMongoError as error:
        raise Fault(f"The store does not answer ({type(error).__name__}): check MONGO_URL and its user.") from None
    if not hello.get("setName"):
        raise Fault("The store is no replica set, so it has no transactions: start mongod with --replSet.")
    if int(version.partition(".")[0]) < _OLDEST_STORE:
        raise Fault(f"The store is MongoDB {version}: {_OLDEST_STORE} or newer is needed.")
    if not hello.get("isWritablePrimary"):
        raise Fault("The store has no primary now: wait for the election, or look at its members.")
    return f"MongoDB {version}, primary of {hello['setName']}"


def check_keys(instance: Instance) -> str:
    """A sentence where every service's registry lets its account read; raises Fault where one does not."""
    private = instance.store() is not None
    for service in SERVICES:
        url = instance.store_url(keys_user(service)) if private else keys_mongo_url(service, instance.environment)
        client = connect(url)
        registry = Registry(client, service)
        try:
            registry.find("")
            next(registry.buried(), None)
        except Unavailable:
            name = f"{service.upper()}_KEYS_MONGO_URL"
            raise Fault(f"The key registry of {service} does not answer us: check {name} and its user.") from None
        finally:
            client.close()
    return f"the registries of {len(SERVICES)} services answer"


def _lag(urls: Mapping[str, str], partitions: int) -> str:
    """`urls` of the store by service."""
    found = {}
    for service, url in urls.items():
        client = connect(url)
        try:
            found[service] = progress(client, service, partitions)
        except Transient:
            raise Fault("The store did not say how far the views are: try again, then look at the store.") from None
        finally:
            client.close()
    for service, one in found.items():
        if one["parked"]:
            raise Fault(f"{one['parked']} events of {service} are parked: see `mentorship parked list`.")
    worst = max(lags(found).items(), key=lambda item: item[1], default=None)
    relay = max(head - done for one in found.values() for head, done in zip(one["heads"], one["relayed"], strict=True))
    if worst and worst[1] > _MUCH_LAG:
        (service, source, _), behind = worst
        raise Fault(f"{service} is {behind} commits behind {source}: is its consumer running? See its log.")
    if relay > _MUCH_LAG:
        raise Fault(f"The broker has yet to confirm {relay} commits of one log: is it up, and are its queues there?")
    return f"views at most {worst[1] if worst else 0} commits behind, relays {relay}, nothing parked"


def _services(instance: Instance) -> str:
    port = records.read(instance.state_file).get("port")
    if port is None:
        raise Fault("The services were never started here: run `mentorship up`.")
    return _answers_at(f"http://127.0.0.1:{port}")


def _answers_at(url: str) -> str:
    if not url:
        return "not asked, because PUBLIC_URL does not say where"
    status, body = health.ask(url)
    if not status:
        raise Fault(f"Nobody answers at {url}: is the gateway running?")
    if status != HTTPStatus.OK:
        raise Fault(f"The gateway is not ready ({status}): {' '.join(body.split())[:300]}")
    return f"ready at {url}"
