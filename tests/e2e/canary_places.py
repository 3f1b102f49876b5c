"""Every place where a word could lie: databases, queues, files of all processes, metrics, mails, streams, exports."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx
import pika
from pymongo import MongoClient

from shared.analytics import crowds
from shared.analytics.export import export
from shared.analytics.source import opened
from shared.bus import topology
from shared.contracts.catalogue import SEALED, SERVICES
from shared.kernel.clock import SystemClock
from shared.kernel.events import Event
from shared.privacy.keys import MongoKeys
from shared.privacy.registry import Registry
from shared.privacy.sealing import Sealer
from shared.privacy.wrapping import KeyFile
from shared.runtime.accounts import ADMIN
from shared.runtime.local.instance import Instance
from tests.e2e.canary_words import Lookout
from tests.support.world import Someone

Found = dict[str, list[str]]
"""What was found, by place; a place without a find is there with an empty list."""

_OUR_ADDRESS = ("to", "x-envelope-to")


@contextmanager
def store_of(instance: Instance) -> Iterator[MongoClient[dict[str, Any]]]:
    """Everything that is stored, keys included, as whoever stole the disk sees it."""
    with MongoClient(instance.store_url(ADMIN)) as client:
        yield client


def databases(instance: Instance, lookout: Lookout) -> Found:
    """Raw documents of every collection there is: logs, views, watermarks, parked and dropped events, keys."""
    found: Found = {}
    with store_of(instance) as client:
        for name in sorted(set(client.list_database_names()) - {"admin", "config", "local"}):
            for collection in client[name].list_collection_names():
                words = found.setdefault(f"{name}.{collection}", [])
                for batch in client[name][collection].find_raw_batches({}, batch_size=5000):
                    words += lookout.finds(batch)
    return found


def files(instance: Instance, lookout: Lookout) -> Found:
    """All logs, and what the broker keeps on disk; what the store keeps is read as documents."""
    broker = instance.broker()
    folders = [instance.folder, *([broker.home] if broker else [])]
    kept = (instance.mail, instance.secrets, instance.folder / "store" / "db")
    found: Found = {}
    for folder in folders:
        for room, _, names in os.walk(folder):
            for file in (Path(room, name) for name in names):
                if not any(file.is_relative_to(apart) for apart in kept):
                    with contextlib.suppress(FileNotFoundError):  # the broker and the supervisor replace theirs
                        found[str(file)] = lookout.finds(file.read_bytes()) if file.is_file() else []
    return found


def mails(instance: Instance, lookout: Lookout) -> Found:
    """Subjects, names of senders, every other header and the decoded parts; the envelope has the address."""
    found: Found = {}
    for file in instance.mail.glob("*.eml"):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        heads = [f"{name}: {value}" for name, value in mail.items() if name.lower() not in _OUR_ADDRESS]
        parts = [str(part.get_content()) for part in mail.walk() if not part.is_multipart()]
        found[file.name] = lookout.finds("\n".join(heads + parts).encode())
    return found


def analysts_export(instance: Instance, folder: Path, lookout: Lookout) -> Found:
    """An export from which nothing is withheld for being rare."""
    least, crowds.LEAST = crowds.LEAST, 0
    try:
        with opened(instance.store_url(ADMIN)) as source:
            export(source.logs, folder, ("jsonl",), SystemClock())
    finally:
        crowds.LEAST = least
    return {file.name: lookout.finds(file.read_bytes()) for file in folder.rglob("*") if file.is_file()}


class Eavesdropper:
    """Hears everything that is published for services and listeners, as somebody with the broker's password does."""

    def __init__(self, connection: pika.BlockingConnection) -> None:
        self.channel = connection.channel()
        self.messages: list[tuple[str, bytes, bytes]] = []
        self._queue = self.channel.queue_declare("", exclusive=True).method.queue
        for exchange in (topology.EVENTS, topology.BATCHES):
            self.channel.queue_bind(self._queue, exchange, "#")

    def listen(self) -> list[tuple[str, bytes, bytes]]:
        """All so far: exchange, properties, body."""
        while True:
            method, properties, body = self.channel.basic_get(self._queue, auto_ack=True)
            if method is None:
                return self.messages
            self.messages.append((method.exchange, repr(properties).encode(), body))

    def dead_letters(self) -> list[bytes]:
        """What lies in the queues of dead letters, which stays there."""
        found = []
        for service in SERVICES:
            while True:
                method, _, body = self.channel.basic_get(topology.dead_queue(service))
                if method is None:
                    break
                found.append(body)
        self.channel.basic_recover(requeue=True)
        return found

    def take_dead_letter(self, wanted: bytes) -> None:
        """Takes this one away and leaves the others."""
        for service in SERVICES:
            while True:
                method, _, body = self.channel.basic_get(topology.dead_queue(service))
                if method is None:
                    break
                if body == wanted:
                    self.channel.basic_ack(method.delivery_tag)
        self.channel.basic_recover(requeue=True)


@contextmanager
def eavesdropping(instance: Instance) -> Iterator[Eavesdropper]:
    parameters = pika.URLParameters(instance.broker_url(topology.TOPOLOGY_USER))
    parameters.heartbeat = 0
    with pika.BlockingConnection(parameters) as connection:
        yield Eavesdropper(connection)


class Ear:
    """A person's live stream, every byte of it."""

    def __init__(self, person: Someone) -> None:
        self.heard = b""
        self._open = person.client.stream(
            "GET", "/v1/me/stream", headers={"Authorization": f"Bearer {person.token}"}, timeout=60
        )
        answer = self._open.__enter__()
        assert answer.status_code == 200
        self._thread = threading.Thread(target=self._listen, args=(answer,), daemon=True)
        self._thread.start()

    def _listen(self, answer: httpx.Response) -> None:
        with contextlib.suppress(Exception):  # it is closed by either side in the end
            for chunk in answer.iter_raw():
                self.heard += chunk


class Reader:
    """Whoever holds every key file: opens all that can be opened at all."""

    def __init__(self, client: MongoClient[dict[str, Any]], instance: Instance) -> None:
        self._sealers = {
            service: Sealer(MongoKeys(Registry(client, service), KeyFile(instance.key_file(service), service)))
            for service in SERVICES
        }

    def opened(self, event: Event) -> dict[str, Any]:
        """The sealed fields of an event in clear."""
        fields = [field.name for field in SEALED.get(event.name, ()) if event.data.get(field.name) is not None]
        clear = self._sealers[event.service].open_event(event) if fields else {}
        return {field: clear[field] for field in fields}


def events_of(instance: Instance) -> Iterator[Event]:
    """Every event of every log."""
    with opened(instance.store_url(ADMIN)) as source:
        for log in source.logs.values():
            for partition in range(log.partitions):
                for commit in log.replay(partition, 0):
                    yield from commit.events
