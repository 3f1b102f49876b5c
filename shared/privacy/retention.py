"""Retention: the keys of what is long over are soft-destroyed, and after a grace time destroyed. No log is rewritten.

What is over is read from views, and so is what holds it: an open case keeps its pair and its program. Each step leaves
a state from which the next run goes on, so a run may end anywhere and be begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import MongoClient

from shared.contracts.retention import services_with
from shared.contracts.trust_safety import SANCTIONS
from shared.kernel.clock import to_text
from shared.privacy.registry import Registry, Rested, pages, reaching_the_store
from shared.views.generations import live_generation

Document = Mapping[str, Any]
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Periods:
    """Days: after the end of a pair, the archiving of a program, the closing of a case; then the grace."""

    pair: int = 365
    program: int = 730
    case: int = 1095
    grace: int = 30


@dataclass(frozen=True, slots=True)
class Step:
    """What is done (`soft-destroy`, `destroy` or `restore`) to the keys of a space in one service."""

    service: str
    retained: str
    act: str
    space: str


class Retention:
    """One run, as of one moment. `registries` by service; `client` reads every service's views."""

    def __init__(
        self, client: MongoClient[dict[str, Any]], registries: Mapping[str, Registry], periods: Periods, now: datetime
    ) -> None:
        self._client = client
        self._registries = registries
        self._periods = periods
        self._now = now
        self._open = list(self._find("trust_safety", "cases", {"$or": [_OPEN, {"open_appeals": {"$gt": 0}}]}))

    def steps(self) -> Iterator[Step]:
        """What is to be done, in constant memory. Doing a step does not change those after it. Raises Unavailable."""
        sources: tuple[tuple[str, Iterable[Document], Callable[[Document], bool]], ...] = (
            ("pair", self._ended_pairs(), self._pair_is_held),
            ("program", self._archived_programs(), self._program_is_held),
            ("case", self._closed_cases(), self._case_is_held),
        )
        for retained, over, is_held in sources:
            for page in pages(over, _PAGE):
                held = {found["_id"]: is_held(found) for found in page}
                for service in services_with(retained):
                    known = self._registries[service].rested(list(held))
                    for space, is_kept in held.items():
                        if act := self._act(known.get(space), is_kept=is_kept):
                            yield Step(service, retained, act, space)

    def do(self, step: Step) -> None:
        """Doing it again changes nothing. Raises Unavailable."""
        registry = self._registries[step.service]
        if step.act == "soft-destroy":
            registry.soft_destroy_space(step.space, to_text(self._now))
        elif step.act == "destroy":
            registry.destroy_space(step.space)
        else:
            registry.restore_space(step.space)

    def _act(self, known: Rested | None, *, is_kept: bool) -> str | None:
        if known is None or known == Rested(destroyed=False, soft_destroyed_at=None, kept_until=None):
            return None if is_kept else "soft-destroy"
        if known.destroyed:
            return None
        if known.soft_destroyed_at is None:
            return None if is_kept or (known.kept_until or "") > to_text(self._now) else "soft-destroy"
        if is_kept:
            return "restore"
        return "destroy" if known.soft_destroyed_at <= self._ago(self._periods.grace) else None

    def _ended_pairs(self) -> Iterator[Document]:
        return self._find("matching", "pairs", {"ended_at": {"$lte": self._ago(self._periods.pair)}})

    def _pair_is_held(self, pair: Document) -> bool:
        people = {pair.get("mentor_id"), pair.get("mentee_id")}
        return any(case.get("pair_id") == pair["_id"] or people <= set(case.get("people", ())) for case in self._open)

    def _archived_programs(self) -> Iterator[Document]:
        over = {"status": "archived", "archived_at": {"$lte": self._ago(self._periods.program)}}
        return self._find("programs", "programs", over)

    def _program_is_held(self, program: Document) -> bool:
        running = {"program_id": program["_id"], "ended_at": None}
        return any(case.get("program_id") == program["_id"] for case in self._open) or any(
            self._find("matching", "pairs", running)
        )

    def _closed_cases(self) -> Iterator[Document]:
        return self._find(
            "trust_safety", "cases", {"status": "closed", "closed_at": {"$lte": self._ago(self._periods.case)}}
        )

    def _case_is_held(self, case: Document) -> bool:
        """Its evidence is not ended yet, an appeal waits, or a sanction stands whose reasons may be asked for."""
        standing = {"case_id": case["_id"], "action": {"$in": SANCTIONS}, "lifted_at": None}
        waits = case.get("evidence_until") or case.get("open_appeals")
        return bool(waits) or any(self._find("trust_safety", "actions", standing))

    def _find(self, service: str, view: str, where: Mapping[str, Any]) -> Iterator[Document]:
        name = f"view{live_generation(self._client, service)}_{view}"
        with reaching_the_store():
            yield from self._client[service][name].find(where)

    def _ago(self, days: int) -> str:
        return to_text(self._now - timedelta(days=days))


_OPEN = {"status": {"$nin": ["closed", None]}}
