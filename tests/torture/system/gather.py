"""What the run left, read from the real stores: everything that the checker looks at."""

from __future__ import annotations

import hashlib
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

from pymongo import MongoClient

from shared.contracts.catalogue import SERVICES
from shared.eventlog.mongo import connect
from shared.kernel.clock import read_offset, to_text
from shared.kernel.events import Commit
from shared.views.generations import live_generation
from shared.views.parking import Parking
from shared.views.rebuild import Rebuild
from tests.torture.final import deadlines
from tests.torture.history import History
from tests.torture.state import Deadline, Final
from tests.torture.system.mischief import PARTITIONS, Mischief
from tests.torture.system.rig import Rig
from tests.torture.system.serve import AUDITOR, EFFECTS, table
from tests.torture.system.watch import Digest, ends, logs

_SHOWN = 50
_OF_MAILS = {"NotificationDelivered", "NotificationFailed", "NotificationDropped"}


def now_of(rig: Rig) -> str:
    """What the instance's clock shows."""
    return to_text(datetime.now(UTC) + timedelta(seconds=read_offset(rig.instance.clock_file)))


def gather(rig: Rig, history: History, mischief: Mischief, healed: str) -> Final:
    """Everything but traces and resources. `healed` as in Final."""
    url = rig.store.url()
    with connect(url) as client:
        commits = _commits(client, history)
        reached = ends(client)
        parked, messages = _parked(client)
        effects = _effects(client)
    queues = rig.queues() | {
        f"the parked messages of {name}, against those that were poisoned": messages[name] - mischief.poisoned[name]
        for name in SERVICES
    }
    live = _differing(url)
    return Final(
        commits=commits,
        ends=reached,
        effects={AUDITOR: dict(Counter(id for seen in effects.values() for _, _, id in seen))},
        order={AUDITOR: _order(effects)},
        queues=queues,
        parked=parked,
        chains=_chains(effects, {(source, p) for who, source, p in reached if who == AUDITOR}),
        live=live,
        deadlines=_deadlines(commits, parked),
        now=now_of(rig),
        healed=healed,
    )


def _quietly(service: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the service host, which only the running service needs
        return table(service)


def _commits(client: Any, history: History) -> list[Commit]:
    """All logs, in the store's order, with the same digests that were taken while they grew."""
    found = []
    for service, log in logs(client).items():
        for partition in range(PARTITIONS):
            digest = Digest()
            for commit in log.replay(partition):
                found.append(commit)
                if due := digest.add(commit):
                    place = {"service": service, "partition": partition}
                    history.note("as-of", upto=commit.position, digest=due, **place)
    return found


def _deadlines(commits: Sequence[Commit], parked: Mapping[str, Collection[str]]) -> list[Deadline]:
    """Those of the timers. What became of a mail is no timer's, though no event caused it: it is due when it comes."""
    found = [one for name in SERVICES for one in deadlines(_quietly(name), commits, parked[name])]
    firsts = [(commit, commit.events[0]) for commit in commits if commit.service == "notifications"]
    return found + [Deadline(c.service, c.command_id, e.recorded_at) for c, e in firsts if e.type in _OF_MAILS]


def note_exports(commits: Sequence[Commit], history: History, people: Collection[str]) -> None:
    """Who asked for their data is on record under an id that nobody else knows: it is what they asked."""
    for commit in commits:
        if commit.events[0].type == "PersonExported" and commit.events[0].actor in people:
            history.note("ask", service=commit.service, command="GET /v1/me/export", id=commit.command_id)


def _parked(client: Any) -> tuple[dict[str, set[str]], Counter[str]]:
    """Parked events by consumer, and how many messages are parked that are no events."""
    events: dict[str, set[str]] = {}
    messages: Counter[str] = Counter()
    for service in SERVICES:
        found = list(Parking(client, service).all())
        events[service] = {str(one["_id"]) for one in found if "source" in one}
        messages[service] = len([one for one in found if "source" not in one])
    return events, messages


Seen = list[tuple[int, int, str]]


@dataclass(frozen=True, order=True)
class _Chunk:
    source: str
    partition: int
    stream: str
    number: int


def _effects(client: MongoClient[dict[str, Any]]) -> dict[_Chunk, Seen]:
    """What the auditor's view noted, in order: see `serve`."""
    view = f"view{live_generation(client, AUDITOR)}_{EFFECTS}"
    found = {}
    for document in client[AUDITOR][view].find():
        source, partition, rest = document["_id"].split("/", 2)
        stream, _, number = rest.rpartition("/")
        found[_Chunk(source, int(partition), stream, int(number))] = [tuple(one) for one in document["seen"]]
    return dict(sorted(found.items()))


def _order(effects: dict[_Chunk, Seen]) -> dict[str, list[tuple[int, int]]]:
    streams: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for chunk, seen in effects.items():
        streams[f"{chunk.source}/{chunk.stream}"] += [(position, index) for position, index, _ in seen]
    return streams


def _chains(effects: dict[_Chunk, Seen], places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], tuple[int, str]]:
    """Count and digest of what took effect, by position: order within a stream is looked at apart."""
    seen_at: dict[tuple[str, int], Seen] = defaultdict(list)
    for chunk, seen in effects.items():
        seen_at[chunk.source, chunk.partition] += seen
    found = {}
    for place in places:
        digest = ""
        for _, _, id in sorted(seen_at[place]):
            digest = hashlib.sha256((digest + id).encode()).hexdigest()
        found[place] = len(seen_at[place]), digest
    return found


def _differing(url: str) -> dict[str, Any]:
    """Per service and view the documents that a rebuild from zero makes otherwise; two services at a time."""
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        tasks = {service: processes.submit(differences, url, service) for service in SERVICES}
        return {service: task.result() for service, task in tasks.items()}


def differences(url: str, service: str) -> dict[str, dict[str, str]]:
    """Rebuild the views of one service beside the live ones, and name every document that is not the same."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    with connect(url, socketTimeoutMS=60_000) as client:
        work = Rebuild(_quietly(service), client, dict(logs(client)))
        try:
            work.run()
            for one in work.differences():
                if len(found[one.view]) < _SHOWN:
                    found[one.view][one.id] = str(one)
                    sys.stderr.write(f"{service}: {one}\n")
            work.abandon()
        finally:
            work.close()
    return dict(found)
