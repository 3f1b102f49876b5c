"""`mentorship doctor`: a line per check; exit status 1 where anything is at fault."""

from __future__ import annotations

import argparse
from typing import Any

from shared.cli_commands import options
from shared.runtime.faults import Fault
from shared.runtime.local.diagnosis import diagnose


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser("doctor", help="check broker, store, keys, rights, topology, versions, services")
    options.add_data(parser)
    parser.set_defaults(run=_doctor)


def _doctor(args: argparse.Namespace) -> int:
    faults = 0
    for finding in diagnose(options.instance(args)):
        faults += not finding.well
        options.out(f"{'ok   ' if finding.well else 'FAULT'} {finding.subject}: {finding.sentence}")
    if faults:
        raise Fault(f"{faults} of these checks found a fault.")
    return 0
