"""`mentorship retention run`: ends the keys of what is long over. Says how many, never whose.

It reads views with the operator's account and key registries with the services' own, and holds no key-encryption key.
"""

from __future__ import annotations

import argparse
from collections import Counter
from contextlib import ExitStack
from typing import Any

from tqdm import tqdm

from shared.analytics.operator import store_url
from shared.bus.port import Transient
from shared.cli_commands import options
from shared.cli_commands.keys import registry_of
from shared.contracts.retention import services_with
from shared.eventlog.mongo import connect
from shared.kernel.errors import Unavailable
from shared.privacy.retention import Periods, Retention
from shared.runtime.faults import Fault
from shared.runtime.settings import retention_days

_CLASSES = ("pair", "program", "case")


def register(subparsers: Any) -> None:
    what = "end what may be read no longer"
    actions = subparsers.add_parser("retention", help=what, description=what)
    run = actions.add_subparsers(required=True, metavar="ACTION").add_parser("run", help="soft-destroy, then destroy")
    options.add_data(run)
    run.add_argument("--dry-run", action="store_true", help="count what a run would do, and do nothing")
    run.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    try:
        counts = _done(args, Periods(**retention_days()))
    except (Unavailable, Transient):
        raise Fault("The store did not answer as it should. What is done stays done: run it again.") from None
    for (service, retained, act), count in sorted(counts.items()):
        options.out(f"{service:<14} {retained:<8} {'would ' if args.dry_run else ''}{act:<13} {count:>8}")
    if not counts:
        options.out("Nothing is due.")
    return 0


def _done(args: argparse.Namespace, periods: Periods) -> Counter[tuple[str, str, str]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    with ExitStack() as stack:
        registries = {
            service: stack.enter_context(registry_of(service, options.environment(args, service)))
            for service in sorted({name for retained in _CLASSES for name in services_with(retained)})
        }
        client = stack.enter_context(connect(store_url(args.data)))
        run = Retention(client, registries, periods, options.clock(args).now())
        for step in tqdm(run.steps(), unit=" steps", disable=None):
            if not args.dry_run:
                run.do(step)
            counts[step.service, step.retained, step.act] += 1
    return counts
