"""One run from beginning to end: start, live, break, heal, rest, forget, look, judge."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from tests.torture.checker import check
from tests.torture.history import History, Note, read
from tests.torture.state import Final
from tests.torture.system.chaos import Chaos, Faults
from tests.torture.system.community import Community
from tests.torture.system.gather import gather, note_exports, now_of
from tests.torture.system.hand import Hand
from tests.torture.system.mischief import Mischief
from tests.torture.system.rig import Rig
from tests.torture.system.sweep import sweep
from tests.torture.system.watch import Tails, until_reached, until_still

WARM_UP = 8.0
AFTERWARDS = 7.0
"""Seconds that clients go on after the last fault: long enough to see that writes are taken again (I20)."""

_RECOVERY = 90.0


@dataclass(frozen=True)
class Plan:
    """`seconds` of faults under load, then on until `commands` were acknowledged, `at_most` seconds more."""

    seed: int
    seconds: float
    commands: int
    at_most: float
    groups: int
    pairs: int
    newcomers_every: float
    pause: float
    faults: Faults
    store: Any
    flags: str = ""


@dataclass
class Outcome:
    """`violations` by invariant; `trouble` is what kept the run from its end."""

    plan: Plan
    folder: Path
    final: Final = field(default_factory=Final)
    violations: dict[str, list[str]] = field(default_factory=dict)
    trouble: str = ""
    community: Community | None = None
    chaos: Chaos | None = None
    mischief: Mischief | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


class Run:
    """Keeps everything under `folder`: the instance, `history.jsonl`, what was exported."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._plan = plan
        self._folder = folder
        self._begun = time.monotonic()
        self._file = (folder / "history.jsonl").open("w")
        self._history = History(self._file, lambda: time.monotonic() - self._begun)
        self._rig = Rig(folder / "system", plan.store)
        self._hand = Hand()
        self._phase = "start"
        self.outcome = Outcome(plan, folder)

    def run(self) -> Outcome:
        """Never raises: what goes wrong is in the outcome, and the system is stopped in any case."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            uvloop.run(self._everything())
        except BaseException:
            self.outcome.trouble = traceback.format_exc()
        finally:
            with contextlib.suppress(Exception):
                self._rig.stop()
            self._file.close()
        return self.outcome

    async def _everything(self) -> None:
        with self._timed("start"):
            await self._hand.do(self._rig.start)
            self.outcome.versions["store"] = await self._hand.do(self._rig.store_version)
        community = Community(self._rig.system, self._rig.port, self._plan.seed, self._history)
        mischief = Mischief(self._rig)
        chaos = Chaos(self._rig, self._plan.faults, self._plan.seed, self._history, mischief, self._hand)
        self.outcome.community, self.outcome.chaos, self.outcome.mischief = community, chaos, mischief
        shown = asyncio.create_task(self._show(community, chaos))
        tails = Tails(self._rig.store.url(), self._history)
        tails.start()
        try:
            with self._timed("settle"):
                await community.settle(self._plan.groups, self._plan.pairs)
            with self._timed("load"):
                baseline = await self._live(community, chaos)
            self.outcome.versions["load"] = f"{os.getloadavg()[1]:.0f}"
            healed = now_of(self._rig)
            with self._timed("recovery"):
                await self._hand.do(self._rest)
            resources = await self._hand.do(self._rig.resources)
            with self._timed("erasure"):
                erased, answers = await self._forget(community)
            tails.stop()
            with self._timed("gathering"):
                final = await self._hand.do(gather, self._rig, self._history, mischief, healed)
                note_exports(final.commits, self._history, [p.sides[1].id for p in community.pairs])
                final.traces = await self._hand.do(sweep, self._rig, self._folder / "export") | answers
            final.erased, final.canary_of = erased, community.canary_of
            final.baseline, final.resources = baseline, resources
            self.outcome.final = final
            with self._timed("checking"):
                self._judge(final)
        finally:
            shown.cancel()

    async def _live(self, community: Community, chaos: Chaos) -> dict[str, float]:
        """Load all along, faults after a warm-up; the resources before the first of them."""
        lives = [asyncio.create_task(community.live(p, n, self._plan.pause)) for p in community.pairs for n in (0, 1)]
        lives.append(asyncio.create_task(community.newcomers(self._plan.newcomers_every)))
        await asyncio.sleep(WARM_UP)
        baseline = await self._hand.do(self._rig.resources)
        await chaos.run(self._plan.seconds)
        url = self._rig.store.url()
        reached = asyncio.create_task(self._hand.do(until_reached, url, self._history, self._begun, _RECOVERY))
        await asyncio.sleep(AFTERWARDS)
        for _ in range(int(self._plan.at_most)):
            if community.tally.acknowledged >= self._plan.commands:
                break
            await asyncio.sleep(1)
        community.stopping = True
        await asyncio.gather(*lives, reached)
        return baseline

    def _rest(self) -> None:
        if not until_still(self._rig.store.url(), _RECOVERY):
            sys.stderr.write(f"Not everything was at rest after {_RECOVERY:.0f} s.\n")  # I8 says who is behind

    async def _forget(self, community: Community) -> tuple[set[str], dict[str, set[str]]]:
        """Erase a few, and ask those whom they wrote to what they can still read."""
        pairs = [pair for pair in community.pairs if not pair.over][:3]
        erased = set().union(*[await community.forget(pair) for pair in pairs])
        await self._hand.do(self._rest)
        answers: dict[str, set[str]] = {}
        for pair in pairs:
            for path in (f"/v1/pairs/{pair.id}/messages?limit=100", "/v1/me/export", "/v1/me/notifications?limit=100"):
                answer = await pair.sides[1].read(path)
                words = {word for word in erased if word in answer.body.decode()}
                answers[f"answer {path} to {pair.sides[1].id}"] = words
                if answer.status != 200:
                    raise RuntimeError(f"{path} after an erasure: {answer.status}")
        return erased, answers

    def _judge(self, final: Final) -> None:
        with (self._folder / "history.jsonl").open() as file:
            notes = list(read(file))
        self.outcome.violations = check(notes, final)
        self.outcome.counts |= _counts(notes, final)

    @contextlib.contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        self._phase, begun = phase, time.monotonic()
        try:
            yield
        finally:
            self.outcome.seconds[phase] = time.monotonic() - begun

    async def _show(self, community: Community, chaos: Chaos) -> None:
        """One line that is written over on a terminal, else a line every ten seconds."""
        there = sys.stderr.isatty()
        while True:
            tally, kills = community.tally, chaos.done.kills
            line = f"{time.monotonic() - self._begun:5.0f} s  {self._phase:<9} {tally.acknowledged:7} acknowledged"
            line += f"  {sum(kills.values()):4} faults  {chaos.at:<10}"
            sys.stderr.write(f"\r{line}" if there else f"{line.rstrip()}\n")
            sys.stderr.flush()
            await asyncio.sleep(1 if there else 10)


def _counts(notes: list[Note], final: Final) -> dict[str, int]:
    """Whose fate was known only later, and what the log says of it."""
    unknown = {note["id"] for note in notes if note["note"] == "unknown"}
    stored = {commit.command_id for commit in final.commits}
    return {
        "commits": len(final.commits),
        "events": sum(len(commit.events) for commit in final.commits),
        "recovered": len(unknown & stored),
        "tailed": len([note for note in notes if note["note"] == "tail"]),
    }
