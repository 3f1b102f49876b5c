"""`mentorship doctor`: a line per check; exit status 1 where anything is at fault."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from shared.analytics.operator import broker_url, store_url
from shared.cli_commands import options
from shared.runtime.faults import Fault
from shared.runtime.local.diagnosis import Finding, diagnose, diagnose_elsewhere


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "doctor",
        help="check broker, store, keys, rights, topology, versions, services",
        description="of the instance in the folder; where there is none, of the installation that OPERATOR_MONGO_URL, "
        "TOPOLOGY_AMQP_URL and PUBLIC_URL name",
    )
    options.add_data(parser)
    parser.set_defaults(run=_doctor)


def _doctor(args: argparse.Namespace) -> int:
    faults = 0
    for finding in _findings(args):
        faults += not finding.well
        options.out(f"{'ok   ' if finding.well else 'FAULT'} {finding.subject}: {finding.sentence}")
    if faults:
        raise Fault(f"{faults} of these checks found a fault.")
    return 0


def _findings(args: argparse.Namespace) -> Iterator[Finding]:
    instance = options.instance(args)
    given = instance.environment
    if instance.state_file.exists() or not {"OPERATOR_MONGO_URL", "OPERATOR_MONGO_URL_FILE"} & given.keys():
        return diagnose(instance)
    addresses = store_url(args.data), broker_url(args.data), given.get("PUBLIC_URL", "")
    return diagnose_elsewhere(*addresses, instance.partitions())
