"""`mentorship log as-of`: a stream, a document of a view, or a program, as it was. Exit status 1 where it was not."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from tqdm import tqdm

from shared.analytics.asof import commits_of, document, state
from shared.analytics.asof_program import ProgramAsOf
from shared.analytics.lines import json_line, shown, summary, without_sealed
from shared.analytics.operator import clock, store_url
from shared.analytics.points import upto
from shared.analytics.replay import Replay
from shared.analytics.source import Place, Source, opened
from shared.analytics.tables import aggregates, table
from shared.contracts.catalogue import SERVICES
from shared.kernel.events import Event
from shared.runtime.faults import Fault
from shared.views.parking import Parking


def stream(args: Namespace) -> int:
    """Its events up to then, and the state of its aggregate where it has one."""
    with opened(store_url(args.data)) as source:
        known = {aggregate.name: (service, aggregate) for service, aggregate in aggregates()}
        service, aggregate = known.get(args.stream.partition("-")[0], ("gateway", None))
        at = upto(source.logs, args.at, clock(args.data))
        events = [event for commit in commits_of(source.logs, service, args.stream, at) for event in commit.events]
    if not events:
        raise Fault(f"There was nothing in the stream {args.stream} then.")
    found = shown(state(aggregate, events)) if aggregate else None
    if args.json:
        whole = {"stream": args.stream, "service": service, "events": [*map(without_sealed, events)], "state": found}
        sys.stdout.write(f"{json_line(whole)}\n")
    else:
        _say(events, found)
    return 0


def _say(events: Iterable[Event], found: Any) -> None:
    for event in events:
        sys.stdout.write(f"{summary(event)}\n")
    if found is not None:
        sys.stdout.write(_indented(found))


def view(args: Namespace) -> int:
    with opened(store_url(args.data)) as source:
        replay = _replay(source, args.service, args.view)
        at = replay.heard(upto(source.logs, args.at, clock(args.data)))
        found = document(replay, args.view, args.id, at, _watched)
    if found is None:
        raise Fault(f"There was no document {args.id} in the view {args.view} of {args.service} then.")
    _write({"_id": args.id, **shown(found)}, args)
    return 0


def program(args: Namespace) -> int:
    with opened(store_url(args.data)) as source:
        at: Mapping[Place, int] = upto(source.logs, args.at, clock(args.data))
        replays = {service: _replay(source, service) for service in SERVICES}
        found = ProgramAsOf(source.logs, replays, at, _watched)(args.program)
    if found is None:
        raise Fault(f"There was no program {args.program} then.")
    _write(shown(found), args)
    return 0


def _replay(source: Source, service: str, view: str | None = None) -> Replay:
    return Replay(table(service), view, source.logs, Parking(source.client, service))


def _watched(things: Iterable[Any], total: int, what: str) -> Iterable[Any]:
    bar: Iterable[Any] = tqdm(things, total=total, unit="", unit_scale=True, disable=None, desc=what)
    return bar


def _write(found: Any, args: Namespace) -> None:
    sys.stdout.write(f"{json_line(found)}\n" if args.json else _indented(found))


def _indented(found: Any) -> str:
    return orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n"
