"""`mentorship log tail`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator

from shared.analytics.lines import HEADING, json_line, summary, without_sealed
from shared.analytics.operator import clock, store_url
from shared.analytics.points import Point, around, moment
from shared.analytics.source import Logs, Place, heads, opened
from shared.analytics.tail import Wanted, chosen, follow, history, of_stream
from shared.contracts.catalogue import EVENTS
from shared.kernel.clock import Clock, to_text
from shared.kernel.events import Event
from shared.runtime.faults import Fault

_LAST = 10


def tail(args: Namespace) -> int:
    if args.type and not any(args.type in {name, name.partition(".")[2]} for name in EVENTS):
        raise Fault(f"There is no event type {args.type}: docs/events.md lists them.")
    if args.follow and args.before:
        raise Fault("What is followed has no end: leave --before out.")
    now = clock(args.data)
    wanted = Wanted(args.type, args.stream, _text(args.after, now), _text(args.before, now))
    with opened(store_url(args.data), args.service) as source:
        if not args.json and sys.stdout.isatty():
            sys.stdout.write(f"{HEADING}\n")
        ends = heads(source.logs)
        _print(chosen(_there(source.logs, args, ends, now), wanted), as_json=args.json)
        if args.follow:
            _print(chosen(follow(source.logs, ends, _warn), wanted), as_json=args.json)
    return 0


def _text(point: Point | None, now: Clock) -> str | None:
    return to_text(moment(point, now)) if point else None


def _there(logs: Logs, args: Namespace, ends: dict[Place, int], now: Clock) -> Iterable[Event]:
    if args.stream and args.start is None:
        return of_stream(logs, args.stream, ends)
    after, upto = around(logs, args.after, args.before, now)
    if args.start:
        after = {place: max(position, args.start - 1) for place, position in after.items()}
    elif not args.after:
        after = {place: max(0, position - _LAST) for place, position in upto.items()}
    return history(logs, after, {place: min(upto[place], end) for place, end in ends.items()})


def _print(events: Iterator[Event], *, as_json: bool) -> None:
    for event in events:
        sys.stdout.write((json_line(without_sealed(event)) if as_json else summary(event)) + "\n")
        sys.stdout.flush()


def _warn(sentence: str) -> None:
    sys.stderr.write(f"{sentence} Waiting.\n")
