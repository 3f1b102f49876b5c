"""Where words of people are found: canaries in clear, or in what the keys that are left still open."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from structlog.testing import capture_logs

from shared.kernel.events import Commit
from shared.privacy.keys import MemoryKeys
from shared.privacy.sealing import Sealer
from shared.runtime.logs import ALLOWED, _allow

_CANARY = re.compile(r"canary\d+")


def canary(number: int) -> str:
    """A word that nobody says by chance."""
    return f"canary{number}"


def canaries(said: object) -> set[str]:
    """Those in anything that has a `repr`."""
    return set(_CANARY.findall(repr(said)))


class Swept(Protocol):
    """What is looked through: all stores and queues of a world, what it logged, what it answers at the end."""

    logs: Any
    views: Any
    keys: Mapping[str, MemoryKeys]
    broker: Any
    auditor: Any
    lines: dict[str, list[Any]]

    def exports(self) -> Iterator[tuple[str, Any]]: ...


def sweep(world: Swept, commits: Iterable[Commit]) -> dict[str, set[str]]:
    """Per place the canaries there."""
    found: dict[str, set[str]] = defaultdict(set)
    for commit in commits:
        found[f"database {commit.service}"] |= canaries(commit) | _opened(world.keys, commit)
    for name, views in world.views.items():
        found[f"database {name}"] |= canaries(views.documents)
        found[f"parked {name}"] |= canaries(views.parked)
    for name, queue in world.broker.queues.items():
        found[f"queue {name}"] |= canaries([queue.ready, queue.open])
    for name, lines in world.lines.items():
        found[f"log {name}"] |= canaries(lines)
    for name, answer in world.exports():
        found[f"export {name}"] |= canaries(answer)
    return {place: words for place, words in found.items() if words}


def _opened(keys: Mapping[str, MemoryKeys], commit: Commit) -> set[str]:
    """Views, queues and parked events hold the same sealed values, so what opens nowhere here opens nowhere."""
    if commit.service not in keys:
        return set()
    sealer = Sealer(keys[commit.service])
    return canaries([sealer.open_event(event) for event in commit.events])


@contextmanager
def logged(who: Callable[[], str], lines: dict[str, list[Any]]) -> Iterator[None]:
    """Keep every log line as the product would write it, by the service that wrote it."""

    def note(entry: Any) -> None:
        lines.setdefault(who(), []).append(entry)

    def structured(logger: Any, method: str, entry: Any) -> Any:
        allowed = _allow(logger, method, entry)
        note(dict(allowed))
        return allowed

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            note([record.getMessage(), {name: vars(record)[name] for name in ALLOWED & vars(record).keys()}])

    handler, logger = Lines(), logging.getLogger("shared")
    logger.addHandler(handler)
    try:
        with capture_logs(processors=[structured]):
            yield
    finally:
        logger.removeHandler(handler)
