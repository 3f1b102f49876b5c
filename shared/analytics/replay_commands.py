"""`mentorship log replay`: into a scratch database from any point on, or, without one, a rebuild that is compared."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping

from tqdm import tqdm

from shared.analytics.commits import how_many
from shared.analytics.operator import clock, store_url
from shared.analytics.points import before, upto
from shared.analytics.replay import Pace, Replay
from shared.analytics.source import Place, Source, opened
from shared.analytics.tables import table
from shared.analytics.views_commands import rebuild_views
from shared.kernel.events import Data
from shared.runtime.faults import Fault
from shared.views.parking import Parking
from shared.views.scratch import SCRATCH, Scratch, drop, keep_plan, plan_of


def replay(args: Namespace) -> int:
    if args.into is None:
        if args.start or args.end or args.speed or args.resume or args.drop:
            raise Fault("Name the scratch views with --into: only there can a replay be a part, paced or resumed.")
        return rebuild_views(args)
    if args.switch:
        raise Fault("Scratch views never become live: `mentorship views rebuild` makes views that can.")
    with opened(store_url(args.data)) as source:
        if args.drop:
            gone = drop(source.client, args.into)
            sys.stdout.write(f"{args.into}: {'dropped' if gone else 'there is nothing of that name'}.\n")
            return 0
        return _replay(source, _plan(source, args), args)


def _plan(source: Source, args: Namespace) -> Data:
    """What is to be replayed: noted at the start, so that resuming goes to the same end."""
    known = plan_of(source.client, args.into)
    if args.resume:
        if known is None:
            raise Fault(f"No replay {args.into} was begun: leave --resume out.")
        return known
    if known is not None:
        raise Fault(f"There is a replay {args.into} already: go on with --resume, remove it with --drop, or rename.")
    if args.service is None:
        raise Fault("Choose with --service whose views to replay.")
    drop(source.client, args.into)  # what was left by one that was killed before it had a plan
    plan = {
        "service": args.service,
        "view": None if args.views == "all" else args.views,
        "after": _as_text(before(source.logs, args.start, clock(args.data))),
        "upto": _as_text(upto(source.logs, args.end, clock(args.data))),
    }
    _store(source, args.into, plan).begin_at(_of_text(plan["after"]))
    keep_plan(source.client, args.into, plan)
    return plan


def _store(source: Source, name: str, plan: Data) -> Scratch:
    """The views of a plan, with the indexes that the live ones have."""
    store = Scratch(source.client, name, plan["service"])
    store.ensure_indexes(one for one in table(plan["service"]).indexes if plan["view"] in {None, one[0]})
    return store


def _replay(source: Source, plan: Data, args: Namespace) -> int:
    service, into = plan["service"], _store(source, args.into, plan)
    work = Replay(table(service), plan["view"], source.logs, Parking(source.client, service))
    after, end = (work.heard(_of_text(plan[name])) for name in ("after", "upto"))
    total, done = how_many(after, end), how_many(after, {place: into.watermark(*place) for place in end})
    try:
        with tqdm(total=total, initial=done, unit=" commits", disable=None, desc=service) as bar:
            work.run(into, end, Pace(args.speed), bar.update)
    except KeyboardInterrupt:
        sys.stderr.write(f"Stopped: `mentorship log replay --into {args.into} --resume` goes on from here.\n")
        raise
    views = ", ".join(f"{view} {count}" for view, count in into.documents().items())
    sys.stdout.write(f"{service}: {total - done} commits replayed into {SCRATCH}, {args.into}.{service}.*: {views}.\n")
    return 0


def _as_text(positions: Mapping[Place, int]) -> dict[str, int]:
    return {f"{service}/{partition}": position for (service, partition), position in positions.items()}


def _of_text(positions: Mapping[str, int]) -> dict[Place, int]:
    return {(place.partition("/")[0], int(place.partition("/")[2])): at for place, at in positions.items()}
