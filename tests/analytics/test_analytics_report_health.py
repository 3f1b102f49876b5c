"""The report's health of pairs, beside the rules that the board of a program uses (P-20)."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.programs.domain.health import health
from shared.analytics.report.command import SQL
from shared.analytics.report.database import opened
from shared.analytics.report.queries import answer, queries
from shared.kernel.clock import to_text

MONDAY = datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None)  # as the columns of an export: in UTC, unsaid
WEEKS = 20
TYPES = {
    "matching.PairIntroduced": "reason VARCHAR",
    "matching.PairEnded": "reason VARCHAR",
    "programs.CommitmentAgreed": '"both" BOOLEAN',
    "programs.CheckInRecorded": "met BOOLEAN, week BIGINT",
    "programs.CheckInMissed": "week BIGINT",
    "programs.PulseRecorded": "rating BIGINT",
    "programs.JourneyPaused": "week BIGINT",
    "programs.JourneyResumed": "week BIGINT",
    "programs.JourneyCompleted": "week BIGINT",
}
WORDS = {"too-early": "too early", "on-track": "on track", "needs-a-check-in": "needs a check-in"}
Happened = tuple[datetime, str, tuple[Any, ...]]


def _life(dice: random.Random) -> list[Happened]:
    """What happens to one pair, in order; the first is that it is introduced."""
    begin = MONDAY + timedelta(hours=dice.randint(0, 500))
    found: list[Happened] = [(begin, "matching.PairIntroduced", (None,))]
    if dice.random() < 0.7:
        found.append((begin + timedelta(hours=30), "programs.CommitmentAgreed", (True,)))
    for week in range(1, dice.randint(1, 9)):
        at = begin + timedelta(days=7 * week, hours=dice.randint(0, 50))
        if dice.random() < 0.5:
            found.append((at, "programs.CheckInRecorded", (dice.random() < 0.4, week)))
        else:
            found.append((at, "programs.CheckInMissed", (week,)))
        if dice.random() < 0.2:
            found.append((at + timedelta(hours=60), "programs.PulseRecorded", (dice.randint(1, 10),)))
    end = found[-1][0] + timedelta(days=dice.randint(1, 40))
    if dice.random() < 0.3:
        found.append((end, "programs.JourneyPaused", (0,)))
        found.append((end + timedelta(days=8), "programs.JourneyResumed", (0,)))
    if dice.random() < 0.3:
        end += timedelta(days=20)
        found.append((end, dice.choice(["programs.JourneyCompleted", "matching.PairEnded"]), ("mismatch",)))
    return [(at, name, (0,) if name == "programs.JourneyCompleted" else values) for at, name, values in sorted(found)]


def _journey(life: list[Happened], now: datetime) -> dict[str, Any]:
    """The view's document, as it was."""
    journey: dict[str, Any] = {"status": "running", "started_at": _text(life[0][0])}
    lists = defaultdict(list, {})
    for at, name, values in life[1:]:
        kind = name.partition(".")[2]
        if at >= now:
            break
        if kind in {"CommitmentAgreed", "CheckInRecorded", "PulseRecorded"}:
            journey["active_at"] = _text(at)
        if kind == "CheckInRecorded":
            lists["check_ins"].append({"met": values[0], "week": values[1]})
        elif kind == "CheckInMissed":
            lists["missed"].append(values[0])
        elif kind == "PulseRecorded":
            lists["pulses"].append({"rating": values[0]})
        elif kind != "CommitmentAgreed":
            status = {"JourneyPaused": "paused", "JourneyResumed": "running"}
            journey["status"] = status.get(kind, "stopped")
    return {**journey, **lists}


def _text(at: datetime) -> str:
    return to_text(at.replace(tzinfo=UTC))


def test_the_report_and_the_board_say_the_same_of_every_pair() -> None:
    """P-20: over 120 lives of all kinds, the query counts in each week what the rules say at its end."""
    lives = {f"pair-{number}": _life(random.Random(number)) for number in range(120)}
    rows: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for pair, life in lives.items():
        for at, name, values in life:
            rows[name].append((pair, "program", f"{pair}-mentor", f"{pair}-mentee", at, *values))
    with opened(Path(), {"formats": ["parquet"], "files": []}) as database:
        for name, more in TYPES.items():
            pair = "pair_id VARCHAR, program_id VARCHAR, mentor_id VARCHAR, mentee_id VARCHAR, recorded TIMESTAMP"
            database.execute(f"DROP VIEW {name}")
            database.execute(f"CREATE TABLE {name} ({pair}, {more})")
            database.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[name][0]))})", rows[name])
        [query] = [one for one in queries(SQL, database) if one.name == "6_health"]
        found = {row[1:3]: row[4] for row in answer(database, query).rows if row[0] is None}
    weeks = {week for week, _ in found}
    wanted: Counter[Any] = Counter()
    for life in lives.values():
        for monday in (MONDAY + timedelta(weeks=week) for week in range(WEEKS)):
            now = monday + timedelta(weeks=1)
            if life[0][0] < now and monday.date() in weeks:
                state = health(_journey(life, now), now.replace(tzinfo=UTC)).state
                wanted[monday.date(), WORDS.get(state, state)] += 1
    told = {key: count for key, count in wanted.items() if key[1] != "over"}
    assert {state for _, state in told} == {"too early", "on track", "needs a check-in", "stalled", "paused"}
    assert len(weeks) > 10
    assert found == told
