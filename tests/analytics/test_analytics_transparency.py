"""Monthly numbers that a community may publish: a golden file, and what no reader can work out from them (TS-31)."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.analytics.crowds import LEAST
from shared.analytics.export import export
from shared.analytics.report.command import SQL
from shared.analytics.report.database import opened
from shared.analytics.report.hide import shown
from shared.analytics.report.queries import answer, queries
from shared.cli import main
from shared.eventlog.mongo import MongoEventLog
from shared.kernel.clock import SystemClock
from tests.analytics.story import Story, sign_up

GOLDEN = Path(__file__).parent / "transparency.md"
REST = "the rest"
PLATFORM = {"queue": "platform"}
REASONS = ("spam", "hate", "harassment", "other")


def tell_two_months(story: Story) -> None:
    """In March nine were warned, six cases led to nothing and two to a ban; in April there is no ban; May goes on."""
    for number, (reason, actions) in enumerate(
        [
            *[("harassment", ["warn"])] * 8,
            ("harassment", ["note", "warn"]),
            *[("spam", [])] * 6,
            *[("hate", ["warn", "ban"])] * 2,
        ]
    ):
        _case(story, f"march-{number}", "2026-03", reason, actions)
    for number in range(5):
        _case(story, f"april-{number}", "2026-04", "hate", ["suspend"])
        _case(story, f"ban-{number}", "2026-05", "hate", ["note", "ban"])
    for number in range(15):
        _appeal(story, f"march-{number}", ("uphold", "reduce", "withdraw")[number % 3])
    for number in range(9):
        block = {"blocker_id": f"person-{number}", "blocked_id": f"other-{number}"}
        day = "2026-03-09" if number < 4 else "2026-04-09"
        story.tell(f"block-{number}", ("trust_safety.PersonBlocked", block), day=day)
    for number in range(5):
        story.tell(f"roster-{number}", sign_up(number), day="2026-05-20")


def _case(story: Story, number: str, month: str, reason: str, actions: list[str]) -> None:
    """Opened on the 3rd, acted on two days later, closed on the 7th."""
    case = {"case_id": f"case-{number}", **PLATFORM}
    subject = {"subject_id": f"subject-{number}"}
    target = {**subject, "target_kind": "person", "target_id": subject["subject_id"]}
    report = {"report_id": f"report-{number}", "reporter_id": f"reporter-{number}", "reason": reason, "to": "platform"}
    filed = {**report, **target, "case_id": case["case_id"]}
    due = f"{month}-05T10:00:00.000Z"
    for name, data in (("ReportFiled", filed), ("CaseOpened", {**case, **target, "severity": "S2", "due_at": due})):
        story.tell(case["case_id"], (f"trust_safety.{name}", data), day=f"{month}-03")
    by = {"by": "mo", "policies": ["respect"], "rationale": "seen", "message": "told"}
    for place, action in enumerate(actions):
        taken = {**case, **by, **subject, "action_id": f"action-{number}-{place}", "action": action}
        story.tell(case["case_id"], ("trust_safety.ActionTaken", taken), day=f"{month}-05")
    outcome = "action-taken" if actions else "no-action"
    closed = {**case, "outcome": outcome, "by": "mo", "reporter_ids": [report["reporter_id"]]}
    story.tell(case["case_id"], ("trust_safety.CaseClosed", closed), day=f"{month}-07")


def _appeal(story: Story, number: str, result: str) -> None:
    appeal = {"appeal_id": f"appeal-{number}", "action_id": f"action-{number}-0", "subject_id": f"subject-{number}"}
    decided = {"case_id": f"case-{number}", **PLATFORM, **appeal, "by": "mo", "result": result}
    story.tell(f"case-{number}", ("trust_safety.AppealDecided", decided), day="2026-04-20")


@pytest.fixture
def story(client) -> Iterator[Story]:
    logs = {name: MongoEventLog(client, name, 2) for name in ("matching", "trust_safety")}
    yield Story(logs)
    for log in logs.values():
        log.close()


def test_the_numbers_that_are_published_are_those_of_the_golden_file(story, tmp_path, capsys) -> None:
    """TS-31: per month that is over, groups of fewer than five are left out, with what would tell them."""
    tell_two_months(story)
    export(story.logs, tmp_path / "export", ("parquet",), SystemClock(), time="day")
    out, page = tmp_path / "numbers.md", tmp_path / "report.html"
    run = ["log", "report", "--from-export", str(tmp_path / "export"), "--out", str(page), "--publish", str(out)]
    assert main(run) == 0, capsys.readouterr().err
    assert out.read_text() == GOLDEN.read_text()
    assert "Transparency: all programs" in page.read_text()


def test_no_published_row_is_of_few_and_none_can_be_computed() -> None:
    """TS-31: over hundreds of random months, every row is of five people on both sides at least, also what was put

    together; and where too few are left out, the whole is left out with them.
    """
    dice = random.Random(31)
    filed = [_report(dice, month) for month in range(300) for _ in range(dice.randint(0, 40))]
    with opened(Path(), {"formats": ["parquet"], "files": []}) as database:
        _fill(database, "trust_safety.ReportFiled", "recorded, reason, reporter_id, subject_id", filed)
        _fill(database, "matching.SignedUp", "recorded", [("2099-01-01",)])
        [query] = [one for one in queries(SQL, database) if one.name == "transparency"]
        rows = shown(answer(database, query))[0]
    truth = defaultdict(lambda: defaultdict(list))
    for day, reason, *sides in filed:
        truth[day[:7]][reason or REST].append(sides)
    told = defaultdict(dict)
    for _, month, what, which, _, number, _ in rows:
        assert what == "reports"
        told[month][which] = number
    assert 100 < len(told) < len(truth)
    for month, reasons in truth.items():
        together = [
            one for reason, found in reasons.items() if reason not in told[month] or reason == REST for one in found
        ]
        alone = {reason: len(found) for reason, found in reasons.items() if reason in told[month] and reason != REST}
        assert all(_people(reasons[reason]) >= LEAST for reason in alone)
        assert told[month] == alone | ({REST: len(together)} if _people(together) >= LEAST else {})
        assert _people(together) >= LEAST or not together or not alone, month


def _report(dice: random.Random, month: int) -> tuple:
    day = f"{2000 + month // 12}-{month % 12 + 1:02}-{dice.randint(1, 28):02}"
    reporter, subject = dice.randint(1, 30), dice.choice((dice.randint(1, 30), dice.randint(1, 3)))
    return day, dice.choice((*REASONS, "spam", "spam", None)), f"reporter-{reporter}", f"subject-{subject}"


def _people(found: list) -> int:
    """On the side where they are fewer."""
    return min(len({one[side] for one in found}) for side in (0, 1)) if found else 0


def _fill(database, name: str, columns: str, rows: list[tuple]) -> None:
    """A table in place of the view."""
    database.execute(f"CREATE TABLE filled AS FROM {name}")
    database.executemany(f"INSERT INTO filled ({columns}) VALUES ({', '.join('?' * len(rows[0]))})", rows)
    database.execute(f"DROP VIEW {name}")
    database.execute(f"CREATE TABLE {name} AS FROM filled")
    database.execute("DROP TABLE filled")
