"""Puts a backup into an empty store, byte for byte, while no service runs.

Killed anywhere, it is done again: what is there already is compared, and what is missing is added. Views are rebuilt up
to the watermarks of the backup, without reactions. What came behind a watermark the services take from the producers'
logs when they start, as after any loss of a queue; so nothing is lost and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from bson.raw_bson import RawBSONDocument
from pymongo import WriteConcern
from pymongo.errors import BulkWriteError
from tqdm import tqdm

from shared.analytics.backup.cut import RAW, Client
from shared.analytics.backup.files import Backup
from shared.analytics.tables import table
from shared.contracts.upcasters import UPCASTERS
from shared.eventlog.mongo import MongoEventLog
from shared.eventlog.place import log_database
from shared.privacy.endings import tombstones
from shared.privacy.record import Record
from shared.privacy.registry import Registry
from shared.runtime.faults import Fault
from shared.views.generations import reaching_the_store
from shared.views.rebuild import Rebuild

Progress = Callable[[int], object]
Logs = Mapping[str, MongoEventLog]

_DURABLE = WriteConcern(w="majority", j=True)
_BATCH = 1000
_DUPLICATE_KEY = 11000
_PATIENCE = 30.0


def begin(client: Client, backup: Backup) -> None:
    """Mark the store as being restored from this backup. Raises Fault where it holds anything else."""
    with reaching_the_store():
        for service in backup.manifest["partitions"]:
            meta = client.get_database(service, write_concern=_DURABLE)["meta"]
            mark = meta.find_one({"_id": "restored"})
            if mark is None:
                if client[service].list_collection_names() or client[log_database(service)].list_collection_names():
                    raise Fault(f"The store is not empty: it has data of {service}. Restore into a new one.")
                meta.insert_one({"_id": "restored", "backup": backup.id})
            elif mark["backup"] != backup.id:
                raise Fault("The store was restored from another backup. Restore into a new one.")


def restore_logs(client: Client, backup: Backup, progress: Progress) -> Logs:
    """Every log, and what belongs to its moment. Raises Fault, LogUnavailable, Transient."""
    logs = {}
    for service, partitions in backup.manifest["partitions"].items():
        for partition in range(partitions):
            with reaching_the_store():
                _restore_log(client, backup, f"{log_database(service)}/log_{partition}", progress)
        logs[service] = MongoEventLog(client, service, partitions, UPCASTERS, patience=_PATIENCE)
        logs[service].prepare()
        for name in backup.names(service):
            _add(client, service, name, backup.documents(f"{service}/{name}"))
    return logs


def _restore_log(client: Client, backup: Backup, name: str, progress: Progress) -> None:
    database, _, collection = name.partition("/")
    log = client[database][collection].with_options(RAW, write_concern=_DURABLE)
    documents = backup.documents(name)
    last = log.find_one({}, sort=[("_id", -1)])
    there = int(last["_id"]) if last else 0
    before = next(islice(documents, there - 1, there), None) if there else None
    if last is not None and before != bytes(last.raw):
        raise Fault(f"{name} is not the log that was backed up, or went on since: restore into a new store.")
    progress(there)
    for batch in _batches(documents):
        log.insert_many(batch, ordered=True)
        progress(len(batch))


def restore_keys(client: Client, backup: Backup, service: str) -> int:
    """Keys and tombstones that are not there; nothing that is there changes. Answers how many were added."""
    database = f"{service}_keys"
    names = ("tombstones", "keys")
    return sum(_add(client, database, name, backup.documents(f"{database}/{name}")) for name in names)


def forget_again(client: Client, registry: Registry, logs: Logs, service: str) -> int:
    """Destroy what tombstones, logs and the service's own record say is destroyed. Answers how many keys went."""
    gone = registry.bury(registry.buried())
    gone += registry.bury(tombstones(logs, service))
    return gone + Record(client, service).enforce(registry)


def rebuild_views(client: Client, logs: Logs, service: str) -> None:
    """Views up to the watermarks of the backup. Raises RebuildFailed, LogUnavailable, Transient."""
    work = Rebuild(table(service), client, logs)
    try:
        with tqdm(total=work.to_do(), unit=" commits", disable=None, desc=f"{service}: views") as bar:
            work.progress = bar.update
            work.run()
        work.switch()
    finally:
        work.close()


def _add(client: Client, database: str, name: str, documents: Iterator[bytes]) -> int:
    """Documents whose ids are not there yet. Answers how many."""
    added = 0
    target = client[database][name].with_options(RAW, write_concern=_DURABLE)
    with reaching_the_store():
        for batch in _batches(documents):
            try:
                target.insert_many(batch, ordered=False)
                added += len(batch)
            except BulkWriteError as error:
                if any(one["code"] != _DUPLICATE_KEY for one in error.details["writeErrors"]):
                    raise
                added += error.details["nInserted"]
    return added


def _batches(documents: Iterator[bytes]) -> Iterator[list[RawBSONDocument]]:
    while batch := [RawBSONDocument(document) for document in islice(documents, _BATCH)]:
        yield batch
