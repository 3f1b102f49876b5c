"""`mentorship clock`: shifts the clock of a development instance, so that a week need not be waited for."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.cli_commands import options
from shared.kernel.clock import read_offset, to_text
from shared.runtime.faults import Fault
from shared.runtime.local import records


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser("clock", help="shift the clock of a development instance")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    advance = actions.add_parser("advance", help="jump ahead")
    advance.add_argument("by", type=options.duration, help="90s, 15m, 1h, 7d, 2w")
    options.add_data(advance)
    advance.set_defaults(run=_advance)
    show = actions.add_parser("show", help="what it shows")
    options.add_data(show)
    show.set_defaults(run=_show)
    reset = actions.add_parser("reset", help="back to the machine's time")
    options.add_data(reset)
    reset.set_defaults(run=_reset)


def _show(args: argparse.Namespace) -> int:
    now = datetime.now(UTC) + timedelta(seconds=read_offset(options.instance(args).clock_file))
    options.out(f"The instance's clock shows {to_text(now)}.")
    return 0


def _advance(args: argparse.Namespace) -> int:
    file = options.instance(args).clock_file
    return _set(args, read_offset(file) + args.by)


def _reset(args: argparse.Namespace) -> int:
    return _set(args, 0.0)


def _set(args: argparse.Namespace, offset: float) -> int:
    instance = options.instance(args)
    if not instance.folder.is_dir():
        raise Fault(f"There is no instance in {instance.folder}: start one with `mentorship up`.")
    records.write_text(instance.clock_file, str(offset))
    options.out(f"The instance's clock now shows {to_text(datetime.now(UTC) + timedelta(seconds=offset))}.")
    return 0
