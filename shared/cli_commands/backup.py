"""`mentorship backup` while the system runs, and `mentorship restore` into an empty store while it does not.

Key registries go to a folder of their own, which must be deleted sooner: an old registry undoes erasures (ADR 0018).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tqdm import tqdm

from shared.analytics.backup import nightly
from shared.analytics.backup import restore as back
from shared.analytics.backup.cut import Client
from shared.analytics.backup.files import Backup
from shared.analytics.backup.make import HEADS, KEYS, LOGS, back_up_keys, back_up_logs
from shared.analytics.operator import store_url
from shared.analytics.source import Source, opened
from shared.bus.port import Transient
from shared.bus.topology import TOPOLOGY_USER, empty
from shared.cli_commands import options
from shared.contracts.catalogue import SERVICES
from shared.eventlog import LogUnavailable
from shared.eventlog.mongo import connect
from shared.kernel.clock import to_text
from shared.kernel.errors import Unavailable
from shared.privacy.registry import Registry
from shared.runtime.accounts import ADMIN, BACKUP, keys_user
from shared.runtime.broker_setup import lay_down
from shared.runtime.faults import Fault
from shared.runtime.local.broker import LocalBroker
from shared.runtime.local.instance import Instance
from shared.runtime.local.supervisor import clean_up
from shared.runtime.settings import address_for, keys_backups_kept_days, keys_mongo_url
from shared.views.rebuild import RebuildFailed


def register(subparsers: Any) -> None:
    backup = subparsers.add_parser("backup", help="copy logs and keys to files", description="safe on a live system")
    options.add_data(backup)
    backup.add_argument("--to", type=Path, metavar="DIR", help="logs, up to one moment: a new folder")
    backup.add_argument(
        "--keys-to", type=Path, metavar="DIR", help="key registries: a new folder, to be deleted sooner"
    )
    backup.add_argument(
        "--keep",
        type=options.duration,
        metavar="TIME",
        help="in DIR, a new folder each time, named after the moment; older logs (30d), and registries that must be "
        "gone, are deleted",
    )
    backup.set_defaults(run=_spoken(_back_up))
    restore = subparsers.add_parser("restore", help="put a backup back", description="while nothing runs")
    options.add_data(restore)
    restore.add_argument("--from", dest="logs", type=Path, metavar="DIR", help="logs: into an empty store")
    restore.add_argument(
        "--keys-from", dest="keys", type=Path, metavar="DIR", help="the newest key registries there are"
    )
    restore.set_defaults(run=_spoken(_restore))


def _spoken(run: Callable[[argparse.Namespace], None]) -> Callable[[argparse.Namespace], int]:
    def do(args: argparse.Namespace) -> int:
        try:
            run(args)
        except (Unavailable, LogUnavailable, Transient):
            raise Fault("Store or broker did not answer as they should: look at them, then run it again.") from None
        except RebuildFailed as error:
            raise Fault(str(error)) from None
        return 0

    return do


def _back_up(args: argparse.Namespace) -> None:
    if not (args.to or args.keys_to):
        raise Fault("Name a folder: --to for logs, --keys-to for key registries.")
    clock, kept_days = options.clock(args), keys_backups_kept_days()
    to, keys_to, now = args.to, args.keys_to, clock.now()
    if args.keep and keys_to:
        nightly.clear(keys_to, now, timedelta(days=kept_days))  # first: that they go in time does not hang on the rest
    if args.keep:
        to, keys_to = (folder and nightly.place(folder, now) for folder in (to, keys_to))
    with opened(store_url(args.data, BACKUP)) as source:
        if to:
            with ExitStack() as stack:
                moment = back_up_logs(
                    source, to, clock, lambda total: stack.enter_context(_bar(total, "backup")).update
                )
            options.out(f"{sum(moment.heads.values())} commits of {len(source.logs)} logs are in {to}.")
        if keys_to:
            with _bar(None, "keys", " keys") as bar:
                expires = back_up_keys(source.client, keys_to, clock, kept_days, bar.update)
            options.out(f"The key registries are in {keys_to}: delete it before {expires}, or erasures can be undone.")
    if args.keep and to:
        nightly.clear(args.to, now, timedelta(seconds=args.keep))


def _bar(total: int | None, what: str, unit: str = " commits") -> tqdm[Any]:
    """`total`: None where it is not known beforehand."""
    return tqdm(total=total, unit=unit, disable=None, desc=what)


def _registry_url(instance: Instance, service: str) -> str:
    if instance.secrets.is_dir() and instance.store():
        return instance.store_url(keys_user(service))
    return keys_mongo_url(service, instance.environment)


@contextmanager
def _at_rest(instance: Instance, partitions: int | None) -> Iterator[str]:
    """The store, for who may do everything; a private one is started for this alone, and nothing else of it runs.

    `partitions` are those of the logs to be restored.
    """
    broker, store = _private_broker(instance), instance.store()
    if partitions and broker and not store and not instance.secrets.is_dir():
        raise Fault("Name the broker of that store too (TOPOLOGY_AMQP_URL): it may hold what is now no more.")
    with ExitStack() as stack:
        if broker or store:
            instance.prepare()
            stack.enter_context(instance.lock())
        broker, store = _private_broker(instance), instance.store()
        clean_up(instance, [part for part in (broker, store) if part])
        if partitions not in {None, instance.partitions()}:
            raise Fault(f"The backup has {partitions} log partitions: set LOG_PARTITIONS={partitions}.")
        if partitions and not broker:
            lay_down(_outside_broker(instance), partitions)
        if store:
            stack.callback(store.stop)
            store.start()
        yield instance.store_url(ADMIN)


def _outside_broker(instance: Instance) -> str:
    """Its address; "" where the broker is the instance's own."""
    return address_for(TOPOLOGY_USER, "AMQP_URL", instance.environment)


def _private_broker(instance: Instance) -> LocalBroker | None:
    return None if _outside_broker(instance) else instance.broker()


def _empty(instance: Instance) -> None:
    """The broker forgets what it holds of another past."""
    if broker := _private_broker(instance):
        broker.remove()
    else:
        empty(_outside_broker(instance), instance.partitions())


def _restore(args: argparse.Namespace) -> None:
    if not (args.logs or args.keys):
        raise Fault("Name a backup: --from for logs, --keys-from for key registries.")
    logs, keys = Backup(args.logs, LOGS) if args.logs else None, Backup(args.keys, KEYS) if args.keys else None
    now = to_text(options.clock(args).now())
    if keys and keys.manifest["expires_at"] < now:
        raise Fault(f"{args.keys} was to be deleted on {keys.manifest['expires_at']}: it would undo erasures.")
    for backup in (logs, keys):
        if backup:
            backup.check()
    partitions = max(logs.manifest["partitions"].values()) if logs else None
    with _at_rest(options.instance(args), partitions) as url, connect(url) as client:
        if logs:
            _restore_logs(client, logs)
            _empty(options.instance(args))
        if keys:
            with opened(url) as source:
                _restore_keys(source, options.instance(args), keys)
    options.out("Start the system, then run `mentorship log verify` and `mentorship doctor`.")


def _restore_logs(client: Client, backup: Backup) -> None:
    back.begin(client, backup)
    with _bar(sum(backup.manifest["heads"].values()), "restore") as bar:
        logs = back.restore_logs(client, backup, bar.update)
    options.out(
        f"{len(logs)} logs are as they were on {backup.manifest['made_at']}; their ends: {backup.folder / HEADS}"
    )
    for service in SERVICES:
        if service in logs:
            back.rebuild_views(client, logs, service)
            options.out(f"{service}: views rebuilt.")


def _restore_keys(source: Source, instance: Instance, keys: Backup) -> None:
    for service in SERVICES:
        with connect(_registry_url(instance, service)) as own:
            added = back.restore_keys(own, keys, service)
            gone = back.forget_again(source.client, Registry(own, service), source.logs, service)
        options.out(f"{service}: {added} keys and tombstones restored, {gone} keys destroyed again.")
