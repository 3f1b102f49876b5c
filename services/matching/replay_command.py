"""`mentorship matching replay`: makes a run of the recommendations again, and says whether the same answer comes out.

It runs where matching does, with matching's own accounts and key; of what it opens it shows one sentence.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from shared.application.application import OwnReads
from shared.application.table import Reads
from shared.cli_commands import options
from shared.eventlog import LogUnavailable
from shared.eventlog.mongo import connect
from shared.kernel.errors import Unavailable
from shared.privacy.keys import MongoKeys
from shared.privacy.registry import Registry
from shared.privacy.sealing import Sealer
from shared.runtime.faults import Fault
from shared.runtime.settings import Settings
from shared.views.reader import ViewReader
from shared.views.store import ViewStore

_SERVICE = "matching"


def register(actions: Any) -> None:
    what = "make a run of the recommendations again: does the same answer come out?"
    parser: argparse.ArgumentParser = actions.add_parser("replay", help=what, description=what)
    parser.add_argument("run_id", metavar="RUN_ID")
    parser.add_argument("--program", required=True, metavar="ID")
    options.add_data(parser)
    parser.set_defaults(run=_replay)


def _replay(args: argparse.Namespace) -> int:
    try:
        with _reads(options.environment(args, _SERVICE)) as reads:
            answer = _answer(reads, args.program, args.run_id)
    except (Unavailable, LogUnavailable):
        raise Fault("The store did not answer as it should: look at it, then try again.") from None
    options.out(answer["said"])
    return 0 if answer["replayed"] else 1


def _answer(reads: Reads, program_id: str, run_id: str) -> dict[str, Any]:
    from services.matching.replaying import replayed  # noqa: PLC0415 (numpy, which no other command needs)

    roster, run = reads.get("rosters", program_id), reads.get("runs", run_id)
    if roster is None or run is None or run["program_id"] != program_id:
        raise Fault("There is no such run of recommendations in this program.")
    return replayed(reads, roster, run)


@contextmanager
def _reads(environment: Mapping[str, str]) -> Iterator[Reads]:
    """What matching itself would read: its views, and its sealed fields opened."""
    settings = Settings.from_environment(_SERVICE, environment)
    store, keys = connect(settings.mongo_url), connect(settings.keys_mongo_url)
    try:
        views = ViewReader(store, _SERVICE, ViewStore(store, _SERVICE))
        yield OwnReads(views, Sealer(MongoKeys(Registry(keys, _SERVICE), settings.key_file())))
    finally:
        store.close()
        keys.close()
