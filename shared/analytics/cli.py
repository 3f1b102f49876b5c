"""`mentorship log`, `views` and `parked`: what they take. What they do is imported when it is asked for."""

from __future__ import annotations

import argparse
import importlib
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from shared.analytics.points import point, time
from shared.bus.port import Transient
from shared.contracts.catalogue import SERVICES, SOURCES
from shared.eventlog.port import LogUnavailable
from shared.runtime.faults import Fault

Run = Callable[[argparse.Namespace], int]

_POINT = "a position N or SERVICE/PARTITION/N, a moment, or how long ago (2h)"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def register(subparsers: Any) -> None:
    _register_log(_group(subparsers, "log", "the event log: follow it, export it, rebuild views from it"))
    _register_views(_group(subparsers, "views", "read models: list, rebuild, compare"))
    _register_parked(_group(subparsers, "parked", "events that could not be applied"))


def _register_log(actions: Any) -> None:
    _register_tail(actions)

    export = _action(actions, "export", "export_command.export_log", "write files for analysts, under new pseudonyms")
    export.add_argument("--out", type=Path, required=True, help="a new folder")
    export.add_argument("--format", choices=("parquet", "jsonl", "both"), default="both")
    export.add_argument("--service", choices=SOURCES, help="only this service's log")
    export.add_argument("--time", choices=("hour", "day", "month"), default="hour", help="how fine times may be")
    export.add_argument("--since-positions", type=Path, metavar="MANIFEST", help="only what came after that export")
    export.add_argument(
        "--grow",
        type=Path,
        metavar="KEY",
        help="an export that grows: add what came since, in its formats and times, under the pseudonyms of this key "
        "(a new file the first time; keep it elsewhere)",
    )

    report = _action(actions, "report", "report.report_log", "one HTML page of plots and tables, from an export")
    report.add_argument("--from-export", type=Path, required=True, metavar="DIR", help="a folder with Parquet files")
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help="the page; replaced where it is there")
    report.add_argument("--publish", type=Path, metavar="FILE", help="also transparency.sql alone, as Markdown for all")
    report.add_argument("--sql", type=Path, metavar="DIR", help="queries of yours (default: deploy/analytics)")

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
    verify.add_argument(
        "--resume", action="store_true", help="check only what comes after the last ends in the file of --heads"
    )

    _register_replay(actions)
    _register_as_of(_group(actions, "as-of", "what was: a stream, a document of a view, or a program"))
    diff = _action(actions, "diff", "views_commands.rebuild_views", "compare views with what their events make")
    diff.add_argument("--service", choices=SERVICES, help="only this service's views (default: every service's)")
    diff.add_argument("--views", default="all", metavar="NAME", help="report differences of this view only")
    diff.set_defaults(switch=False)


def _register_tail(actions: Any) -> None:
    tail = _action(actions, "tail", "log_commands.tail", "print events as they are and as they come; no sealed field")
    tail.add_argument("--service", choices=SOURCES, help="only this service's log")
    tail.add_argument("--type", help="only this type, as Type or service.Type")
    tail.add_argument("--stream", help="only this stream, from its first event on")
    tail.add_argument(
        "--from", dest="start", type=_position, metavar="POS", help="in each partition (default: last 10)"
    )
    tail.add_argument("--after", type=time, metavar="TIME", help="a moment, or how long ago: 2026-03-01T10:00, 2h, 7d")
    tail.add_argument("--before", type=time, metavar="TIME", help="likewise")
    tail.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")
    tail.add_argument("--json", action="store_true", help="whole envelopes, one JSON object a line")


def _register_replay(actions: Any) -> None:
    replay = _action(
        actions,
        "replay",
        "replay_commands.replay",
        "replay into scratch views; without --into: rebuild views from position zero and compare",
    )
    replay.add_argument("--service", choices=SERVICES, help="this service's views (rebuild default: every service's)")
    _add_rebuild_arguments(replay)
    replay.add_argument("--into", type=_scratch, metavar="NAME", help="scratch views of this name, never the live ones")
    replay.add_argument("--from", dest="start", type=point, metavar="POINT", help=f"the first: {_POINT}")
    replay.add_argument("--to", dest="end", type=point, metavar="POINT", help="the last, likewise (default: the end)")
    replay.add_argument("--speed", type=_speed, help="60: an hour a minute (default: as fast as can be)")
    replay.add_argument("--resume", action="store_true", help="go on with what was stopped")
    replay.add_argument("--drop", action="store_true", help="remove the scratch views of this name")


def _register_as_of(actions: Any) -> None:
    stream = _action(actions, "stream", "asof_commands.stream", "its events up to then, and its state")
    stream.add_argument("stream")
    view = _action(actions, "view", "asof_commands.view", "one document of a view")
    view.add_argument("service", choices=SERVICES)
    view.add_argument("view")
    view.add_argument("id")
    program = _action(actions, "program", "asof_commands.program", "its roster, pairs and journeys; cases as numbers")
    program.add_argument("program")
    for action in (stream, view, program):
        action.add_argument("--at", type=point, metavar="POINT", help=f"{_POINT} (default: now)")
        action.add_argument("--json", action="store_true", help="one JSON object in one line")


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
    parser.add_argument("--views", default="all", metavar="NAME", help="this view only (default: all)")
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


def _scratch(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError("begin with a small letter; small letters, digits, - and _ follow, at most 40")
    return text


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed < math.inf:
        raise argparse.ArgumentTypeError("how many times as fast as it was: more than 0")
    return speed
