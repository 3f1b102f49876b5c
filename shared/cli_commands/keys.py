"""`mentorship keys`: how many there are, wrapped by what; replace what wraps them; restore, or destroy once more.

On a development instance all of it is found by itself. Elsewhere it runs where a service does, with its settings.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from tqdm import tqdm

from shared.analytics.operator import store_url
from shared.analytics.source import opened
from shared.cli_commands import options
from shared.contracts.catalogue import SERVICES
from shared.eventlog import LogUnavailable
from shared.eventlog.mongo import connect
from shared.kernel.clock import to_text
from shared.kernel.errors import Unavailable
from shared.privacy.endings import tombstones
from shared.privacy.registry import Registry
from shared.privacy.rotation import rotate
from shared.runtime.faults import Fault
from shared.runtime.settings import Settings, keys_mongo_url


def register(subparsers: Any) -> None:
    what = "data keys: count them, replace what wraps them"
    actions = subparsers.add_parser("keys", help=what, description=what).add_subparsers(required=True, metavar="ACTION")
    for name, run, what in (
        ("status", _status, "count keys by state and by what wraps them"),
        ("rotate", _rotate, "wrap all with the first line of the key file"),
        ("enforce", _enforce, "destroy again what the logs say is destroyed: after a registry was restored"),
    ):
        action = _action(actions, name, run, what)
        action.add_argument("--service", choices=SERVICES, help="only this service's (default: every service's)")
    restore = _action(actions, "restore", _restore, "make the soft-destroyed keys of a pair, case or program active")
    restore.add_argument("service", choices=SERVICES)
    restore.add_argument("space", metavar="ID")
    restore.add_argument(
        "--for", dest="time", type=options.duration, default="30d", help="how long retention leaves it alone (30d)"
    )


def _action(actions: Any, name: str, run: Any, what: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=what, description=what)
    options.add_data(parser)
    parser.set_defaults(run=_spoken(run))
    return parser


def _spoken(run: Any) -> Any:
    def do(args: argparse.Namespace) -> int:
        try:
            return int(run(args))
        except (Unavailable, LogUnavailable):
            raise Fault("The store did not answer as it should: look at it, then try again.") from None

    return do


def _chosen(args: argparse.Namespace) -> tuple[str, ...]:
    return (args.service,) if args.service else SERVICES


@contextmanager
def registry_of(service: str, environment: Mapping[str, str]) -> Iterator[Registry]:
    """The registry of a service, reached with the account that it uses itself."""
    client = connect(keys_mongo_url(service, environment))
    try:
        yield Registry(client, service)
    finally:
        client.close()


def _status(args: argparse.Namespace) -> int:
    for service in _chosen(args):
        with registry_of(service, options.environment(args, service)) as registry:
            counts = registry.counts()
        options.out(f"{service}:{'' if counts else ' no keys yet'}")
        for (state, kek), count in sorted(counts.items()):
            options.out(f"  {state:<14} {count:>10}{'' if state == 'destroyed' else f'  wrapped by {kek}'}")
    return 0


def _rotate(args: argparse.Namespace) -> int:
    left = 0
    for service in _chosen(args):
        environment = options.environment(args, service)
        wrappers = Settings.from_environment(service, environment).key_file()
        with registry_of(service, environment) as registry:
            newest = wrappers()[0].id
            counts = registry.counts().items()
            to_do = sum(count for (state, kek), count in counts if state != "destroyed" and kek != newest)
            with tqdm(total=to_do, unit=" keys", disable=None, desc=service) as bar:
                done = rotate(registry, wrappers, bar.update)
        left += done.left
        options.out(f"{service}: {done.rewrapped} keys wrapped anew; all but {done.left} are wrapped by {newest}.")
    if left:
        raise Fault(
            f"No line of the key file opens {left} keys: put the line back that wrapped them, then run it again."
        )
    options.out(
        "Once every process of a service reads the new file, and a further run wraps nothing anew, older lines may go."
    )
    return 0


def _enforce(args: argparse.Namespace) -> int:
    for service in _chosen(args):
        environment = options.environment(args, service)
        with registry_of(service, environment) as registry, opened(store_url(args.data)) as source:
            gone = registry.bury(tombstones(source.logs, service))
        options.out(f"{service}: {gone} keys destroyed that had come back.")
    return 0


def _restore(args: argparse.Namespace) -> int:
    until = to_text(options.clock(args).now() + timedelta(seconds=args.time))
    with registry_of(args.service, options.environment(args, args.service)) as registry:
        back = registry.restore_space(args.space, kept_until=until)
    if not back:
        raise Fault(f"Nothing in {args.space} is soft-destroyed in {args.service}.")
    options.out(f"{args.service}: {back} keys are active again; retention leaves them alone until {until}.")
    return 0
