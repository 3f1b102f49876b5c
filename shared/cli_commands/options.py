"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from shared.kernel.clock import Clock, OffsetClock, SystemClock
from shared.runtime.local.instance import DEFAULT_FOLDER, DEFAULT_PORT, Instance

_LAST_PORT = 65535
_NO_MAIL = "smtp://127.0.0.1:25"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="the instance's folder")


def instance(args: argparse.Namespace) -> Instance:
    return Instance(args.data)


def environment(args: argparse.Namespace, service: str) -> Mapping[str, str]:
    """What a service of the instance is started with; where there is no instance, what this process was."""
    found = instance(args)
    return found.environment_for((service,), DEFAULT_PORT, _NO_MAIL) if found.secrets.is_dir() else os.environ


def clock(args: argparse.Namespace) -> Clock:
    """The instance's, which may be shifted."""
    found = instance(args)
    return OffsetClock(found.clock_file) if found.secrets.is_dir() else SystemClock()


def duration(text: str) -> float:
    """Seconds of `90s`, `15m`, `1h`, `7d`, `2w`."""
    if not (match := _AMOUNT.fullmatch(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: write for example 90s, 15m, 1h, 7d or 2w")
    return float(match[1]) * _UNITS[match[2]]


def port(text: str) -> int:
    """A port to listen on."""
    if not text.isdigit() or not 1 <= int(text) <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 1 to {_LAST_PORT}")
    return int(text)


def out(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
