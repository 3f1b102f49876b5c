"""Options that several commands share."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from shared.runtime.local.instance import DEFAULT_FOLDER, Instance

_LAST_PORT = 65535
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="the instance's folder")


def instance(args: argparse.Namespace) -> Instance:
    return Instance(args.data)


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
