"""Makes backups while the system runs: it only reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from pymongo.read_concern import ReadConcern

from shared.analytics.backup.cut import RAW, Client, Cut, cut
from shared.analytics.backup.files import Writer
from shared.analytics.heads import add_heads
from shared.analytics.source import Place, Source
from shared.contracts.catalogue import SERVICES
from shared.eventlog import chain
from shared.eventlog.place import log_database
from shared.kernel.clock import Clock, to_text
from shared.runtime.faults import Fault
from shared.views.generations import reaching_the_store

LOGS, KEYS = "logs", "keys"
HEADS = "heads.jsonl"
"""The ends of the logs, for `mentorship log verify --heads`."""

Progress = Callable[[int], object]
_PAGE = 1000


def back_up_logs(source: Source, folder: Path, clock: Clock, begun: Callable[[int], Progress]) -> Cut:
    """Every log up to one moment, and what else that moment needs. `begun` is told how many commits there are.

    Raises Fault, also where a log is not what was written, Transient.
    """
    writer = Writer(folder, LOGS, to_text(clock.now()))
    partitions = {service: log.partitions for service, log in source.logs.items()}
    moment = cut(source.client, partitions)
    progress = begun(sum(moment.heads.values()))
    ends: dict[Place, tuple[int, bytes]] = {}
    with reaching_the_store():
        for place, head in moment.heads.items():
            if digest := _back_up_log(source.client, writer, place, head, progress):
                ends[place] = head, digest
    for name, documents in moment.kept.items():
        writer.put(name, documents)
    add_heads(folder / HEADS, {}, ends)
    heads = {f"{service}/{partition}": head for (service, partition), head in moment.heads.items()}
    writer.finish(partitions=partitions, heads=heads)
    return moment


def _back_up_log(client: Client, writer: Writer, place: Place, head: int, progress: Progress) -> bytes | None:
    """The digest of its last commit, if it has one."""
    service, partition = place
    last: list[bytes | None] = [None]

    def checked() -> Iterator[bytes]:
        seen: list[bytes] = []

        def read() -> Iterator[bytes]:
            for document in _commits(client, place, head):
                seen.append(document)
                yield document

        for stored in chain.check(chain.genesis(service, partition), read(), {}):
            last[0] = stored.digest
            yield seen.pop()

    try:
        writer.put(f"{log_database(service)}/log_{partition}", checked(), progress)
    except chain.Altered as altered:
        where = f"{service}, partition {partition}: position {altered.position}"
        raise Fault(f"{where} {altered.what}. Nothing was backed up: see `mentorship log verify`.") from None
    return last[0]


def _commits(client: Client, place: Place, head: int) -> Iterator[bytes]:
    """The documents of a partition byte for byte, up to a position, in short reads."""
    service, partition = place
    log = client[log_database(service)][f"log_{partition}"].with_options(RAW, read_concern=ReadConcern("majority"))
    after = 0
    while after < head:
        for found in log.find({"_id": {"$gt": after, "$lte": head}}).sort("_id", 1).limit(_PAGE):
            yield bytes(found.raw)
            after += 1


def back_up_keys(
    client: Client, folder: Path, clock: Clock, kept_days: int, progress: Progress = lambda _: None
) -> str:
    """Key registries, wrapped as they are. Answers when the copy must be deleted.

    To be made after the logs' backup: then every key that an event in it needs is there. Raises Fault, Transient.
    """
    now = clock.now()
    writer = Writer(folder, KEYS, to_text(now))
    with reaching_the_store():
        for service in SERVICES:
            for name in ("keys", "tombstones"):
                registry = client[f"{service}_keys"][name]
                found = registry.with_options(RAW, read_concern=ReadConcern("majority")).find()
                writer.put(f"{service}_keys/{name}", (bytes(document.raw) for document in found), progress)
    expires = to_text(now + timedelta(days=kept_days))
    writer.finish(expires_at=expires)
    return expires
