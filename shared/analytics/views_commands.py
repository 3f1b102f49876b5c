"""`mentorship views` and `log diff`: rebuild, compare, switch. Exit status 1 where something differs."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm

from shared.analytics.operator import store_url
from shared.analytics.source import Source, opened
from shared.analytics.tables import table
from shared.application.table import Table
from shared.contracts.catalogue import SERVICES
from shared.runtime.faults import Fault
from shared.views.compare import Difference, NotLevel, compare
from shared.views.generations import AnotherIsLive, generations, live_generation, watermarks
from shared.views.rebuild import Rebuild, RebuildFailed

_SHOWN = 20


def rebuild_views(args: Namespace) -> int:
    with opened(store_url(args.data)) as source:
        differing = sum([_rebuild(source, table(name), args) for name in _chosen(args.service)])
    return 1 if differing and not args.switch else 0


def _chosen(service: str | None) -> Iterable[str]:
    return (service,) if service else SERVICES


def _rebuild(source: Source, known: Table, args: Namespace) -> int:
    work = Rebuild(known, source.client, source.logs)
    try:
        return _rebuild_and_compare(work, known.name, args)
    except RebuildFailed as error:
        raise Fault(str(error)) from error
    except AnotherIsLive:
        raise Fault(f"Somebody else switched the views of {known.name} meanwhile: rebuild them once more.") from None
    except KeyboardInterrupt:
        work.abandon()
        raise
    finally:
        work.close()


def _rebuild_and_compare(work: Rebuild, service: str, args: Namespace) -> int:
    with tqdm(total=work.to_do(), unit=" commits", disable=None, desc=service) as bar:
        work.progress = bar.update
        report = work.run()
    _say(f"{service}: {report.events} events replayed into generation {report.generation}.")
    if report.skipped:
        _say(f"{service}: {report.skipped} parked or dropped events left out, as in the live views.")
    with _comparing(service, work.documents()) as bar:
        found = work.differences(bar.update)
        differing = _show(service, (one for one in found if args.views in {"all", one.view}))
    if args.switch:
        work.switch()
        _say(f"{service}: generation {report.generation} is live; restart the service, so that it reads it.")
    elif not differing:
        work.abandon()
    return differing


def _comparing(service: str, documents: int) -> tqdm[Any]:
    return tqdm(total=documents, unit=" documents", disable=None, desc=f"{service}: comparing")


def _show(service: str, differences: Iterable[Difference]) -> int:
    count = 0
    for count, found in enumerate(differences, 1):
        if count <= _SHOWN:
            _say(f"{service}: {found}")
    _say(f"{service}: {f'{count} documents differ' if count else 'rebuilt and live views are the same'}.")
    return count


def diff_views(args: Namespace) -> int:
    with opened(store_url(args.data), args.service) as source:
        live = live_generation(source.client, args.service)
        one, other = args.generations or (live, live + 1)
        known = generations(source.client, args.service)
        for generation in (one, other):
            if generation not in known:
                raise Fault(f"{args.service} has no generation {generation}: make one with `mentorship views rebuild`.")
        try:
            with _comparing(args.service, sum(known[one].values())) as bar:
                found = compare(source.client, args.service, one, other, progress=bar.update)
                return 1 if _show(args.service, found) else 0
        except NotLevel:
            raise Fault(
                f"Generations {one} and {other} of {args.service} stand at different positions, so they cannot be "
                "compared: `mentorship views rebuild` makes one that can."
            ) from None


def list_views(args: Namespace) -> int:
    with opened(store_url(args.data)) as source:
        for service in _chosen(args.service):
            live = live_generation(source.client, service)
            for generation, views in generations(source.client, service).items():
                _say(f"{service}: generation {generation}{' (live)' if generation == live else ''}")
                for view, count in views.items():
                    _say(f"  {view:<30} {count:>12}")
                for (origin, partition), position in sorted(watermarks(source.client, service, generation).items()):
                    _say(f"  has applied {origin}, partition {partition}, up to position {position}")
    return 0


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
