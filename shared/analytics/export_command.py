"""`mentorship log export`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping

from tqdm import tqdm

from shared.analytics.export import FORMATS, Progress, export
from shared.analytics.grow import grow
from shared.analytics.manifest import MANIFEST, Manifest, read_positions
from shared.analytics.operator import store_url
from shared.analytics.source import Logs, Place, heads, opened
from shared.kernel.clock import SystemClock
from shared.runtime.faults import Fault


def export_log(args: Namespace) -> int:
    if args.grow and args.since_positions:
        raise Fault("An export that grows goes on where it ended: leave out --since-positions.")
    with opened(store_url(args.data), args.service) as source:
        after = read_positions(args.since_positions) if args.since_positions else {}
        with tqdm(total=_commits(source.logs, args, after), unit=" commits", disable=None, desc="export") as bar:
            manifest = _export(source.logs, args, after, bar.update)
    left_out = manifest["withheld"]
    sys.stdout.write(
        f"{manifest['events']} events in {len(manifest['files'])} files; the list is {args.out / MANIFEST}.\n"
        f"{left_out['events']} are left out, because fewer than {left_out['fewer_people_than']} people share them.\n"
        "Ids are pseudonyms of this export only: it cannot be joined with another one.\n"
    )
    return 0


def _commits(logs: Logs, args: Namespace, after: Mapping[Place, int]) -> int:
    """How many are read: all of them are counted, then the new ones are written."""
    ends = heads(logs)
    manifest = args.out / MANIFEST
    known = read_positions(manifest) if args.grow and manifest.exists() else after
    new = sum(max(0, head - known.get(place, 0)) for place, head in ends.items())
    return new + (sum(ends.values()) if args.grow else new)


def _export(logs: Logs, args: Namespace, after: Mapping[Place, int], progress: Progress) -> Manifest:
    formats, clock = FORMATS[args.format], SystemClock()
    if args.grow:
        return grow(logs, args.out, args.grow, formats, clock, time=args.time, progress=progress)
    return export(logs, args.out, formats, clock, after=after, time=args.time, progress=progress)
