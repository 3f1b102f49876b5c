"""`mentorship log tail` and `mentorship log export`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator

import orjson
from tqdm import tqdm

from shared.analytics.export import FORMATS, MANIFEST, export, read_positions
from shared.analytics.operator import store_url
from shared.analytics.source import Logs, heads, opened
from shared.analytics.tail import Wanted, chosen, follow, history, of_stream
from shared.contracts.catalogue import EVENTS, SEALED
from shared.kernel.clock import SystemClock
from shared.kernel.events import Event
from shared.runtime.faults import Fault

_LAST = 10


def tail(args: Namespace) -> int:
    if args.type and not any(args.type in {name, name.partition(".")[2]} for name in EVENTS):
        raise Fault(f"There is no event type {args.type}: docs/events.md lists them.")
    with opened(store_url(args.data), args.service) as source:
        wanted = Wanted(args.type, args.stream)
        now = heads(source.logs)
        _print(chosen(_there(source.logs, args, now), wanted), as_json=args.json)
        if args.follow:
            _print(chosen(follow(source.logs, now, _warn), wanted), as_json=args.json)
    return 0


def _there(logs: Logs, args: Namespace, now: dict[tuple[str, int], int]) -> Iterable[Event]:
    if args.stream and args.start is None:
        return of_stream(logs, args.stream, now)
    after = {place: args.start - 1 if args.start else max(0, head - _LAST) for place, head in now.items()}
    return history(logs, after, now)


def _print(events: Iterator[Event], *, as_json: bool) -> None:
    for event in events:
        line = orjson.dumps(without_sealed(event)).decode() if as_json else summary(event)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def without_sealed(event: Event) -> dict[str, object]:
    """The envelope without sealed fields, and without any data where the type is not known here."""
    sealed = {field.name for field in SEALED.get(event.name, ())}
    known = event.name in EVENTS
    data = {name: value for name, value in event.data.items() if known and name not in sealed}
    return {**event.envelope(), "data": data}


def summary(event: Event) -> str:
    """One line for people: when, where in the log, what, whose stream, by whom."""
    place = f"{event.partition}/{event.position}"
    return f"{event.recorded_at}  {event.name:<34} {place:>10}  {event.stream}  {event.actor}"


def export_log(args: Namespace) -> int:
    with opened(store_url(args.data), args.service) as source:
        after = read_positions(args.since_positions) if args.since_positions else {}
        total = sum(max(0, head - after.get(place, 0)) for place, head in heads(source.logs).items())
        with tqdm(total=2 * total, unit=" commits", disable=None, desc="export") as bar:
            manifest = export(
                source.logs,
                args.out,
                FORMATS[args.format],
                SystemClock(),
                after=after,
                time=args.time,
                progress=bar.update,
            )
    withheld = manifest["withheld"]
    sys.stdout.write(
        f"{manifest['events']} events in {len(manifest['files'])} files; the list is {args.out / MANIFEST}.\n"
        f"{withheld['events']} are left out, because fewer than {withheld['fewer_people_than']} people share them.\n"
        "Ids are pseudonyms of this export only: it cannot be joined with another one.\n"
    )
    return 0


def _warn(sentence: str) -> None:
    sys.stderr.write(f"{sentence} Waiting.\n")
