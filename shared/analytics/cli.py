"""`mentorship log`, `views` and `parked`: what they take. What they do is imported when it is asked for."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from shared.bus.port import Transient
from shared.contracts.catalogue import SERVICES, SOURCES
from shared.eventlog.port import LogUnavailable
from shared.runtime.faults import Fault

Run = Callable[[argparse.Namespace], int]


def register(subparsers: Any) -> None:
    _register_log(_group(subparsers, "log", "the event log: follow it, export it, rebuild views from it"))
    _register_views(_group(subparsers, "views", "read models: list, rebuild, compare"))
    _register_parked(_group(subparsers, "parked", "events that could not be applied"))


def _register_log(actions: Any) -> None:
    tail = _action(actions, "tail", "log_commands.tail", "print events as they are and as they come; no sealed field")
    tail.add_argument("--service", choices=SOURCES, help="only this service's log")
    tail.add_argument("--type", help="only this type, as Type or service.Type")
    tail.add_argument("--stream", help="only this stream, from its first event on")
    tail.add_argument(
        "--from", dest="start", type=_position, metavar="POS", help="in each partition (default: last 10)"
    )
    tail.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")
    tail.add_argument("--json", action="store_true", help="whole envelopes, one JSON object a line")

    export = _action(actions, "export", "log_commands.export_log", "write files for analysts, under new pseudonyms")
    export.add_argument("--out", type=Path, required=True, help="a new folder")
    export.add_argument("--format", choices=("parquet", "jsonl", "both"), default="both")
    export.add_argument("--service", choices=SOURCES, help="only this service's log")
    export.add_argument("--time", choices=("hour", "day", "month"), default="hour", help="how fine times may be")
    export.add_argument("--since-positions", type=Path, metavar="MANIFEST", help="only what came after that export")

    verify = _action(
        actions,
        "verify",
        "verify.verify_log",
        "check that every commit is as it was written; names the first that is not",
    )
    verify.add_argument("--service", choices=SOURCES, action="append", help="only this service's log; may be repeated")
    verify.add_argument(
        "--heads",
        type=Path,
        metavar="FILE",
        help="ends of the logs from earlier, to be found again; today's are added. Sign it, and keep it elsewhere",
    )

    replay = _action(actions, "replay", "views_commands.rebuild_views", "rebuild views from position zero and compare")
    replay.add_argument("--service", choices=SERVICES, help="only this service's views (default: every service's)")
    _add_rebuild_arguments(replay)


def _register_views(actions: Any) -> None:
    listing = _action(actions, "list", "views_commands.list_views", "generations, documents, positions")
    listing.add_argument("service", choices=SERVICES, nargs="?")
    rebuild = _action(actions, "rebuild", "views_commands.rebuild_views", "rebuild from position zero and compare")
    rebuild.add_argument("service", choices=SERVICES)
    _add_rebuild_arguments(rebuild)
    diff = _action(actions, "diff", "views_commands.diff_views", "compare two generations that are there")
    diff.add_argument("service", choices=SERVICES)
    diff.add_argument("--generations", type=int, nargs=2, metavar="N", help="default: the live one and the next")


def _add_rebuild_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--views", default="all", metavar="NAME", help="report differences of this view only")
    parser.add_argument("--switch", action="store_true", help="make the rebuilt views live, whatever differs")


def _register_parked(actions: Any) -> None:
    listing = _action(actions, "list", "parked_commands.list_parked", "what is parked, and why")
    listing.add_argument("service", choices=SERVICES, nargs="?")
    for name, run, what in (
        ("show", "show", "one event or message; sealed fields stay sealed"),
        ("retry", "retry", "apply its stream again, in order; the service must be running"),
        ("drop", "drop", "give it up for good"),
    ):
        action = _action(actions, name, f"parked_commands.{run}", what)
        action.add_argument("service", choices=SERVICES)
        action.add_argument("id")
        if name == "drop":
            action.add_argument("--by", required=True, help="who decided it, for the record")


def _group(subparsers: Any, name: str, what: str) -> Any:
    return subparsers.add_parser(name, help=what, description=what).add_subparsers(required=True, metavar="ACTION")


def _action(actions: Any, name: str, run: str, what: str) -> argparse.ArgumentParser:
    parser = cast("argparse.ArgumentParser", actions.add_parser(name, help=what, description=what))
    parser.add_argument("--data", type=Path, metavar="DIR", help="the instance (default .data; or set MONGO_URL)")
    parser.set_defaults(run=_later(run))
    return parser


def _later(place: str) -> Run:
    module, _, function = place.partition(".")

    def run(args: argparse.Namespace) -> int:
        try:
            return int(getattr(importlib.import_module(f"shared.analytics.{module}"), function)(args))
        except LogUnavailable as error:
            raise Fault(str(error)) from None
        except Transient as error:
            raise Fault(f"It cannot be done now: {error}.") from None

    return run


def _position(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("positions are numbered from 1")
    return int(text)
