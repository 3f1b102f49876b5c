"""The report's queries over odd cases, a few rows each: what must not be counted, or not twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shared.analytics.columns import columns
from shared.analytics.files import write_parquet
from shared.analytics.report.command import SQL
from shared.analytics.report.database import opened
from shared.analytics.report.page import PROGRAMS, page
from shared.analytics.report.queries import Answer, Query, answer, queries
from shared.contracts.catalogue import SOURCES

NOON = datetime(2026, 3, 2, 12)  # noqa: DTZ001 (as the columns of an export: in UTC, unsaid)
Rows = list[tuple[Any, ...]]


class House:
    """Events as an export has them; `day` is when it was, by days since the first."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        for service in SOURCES:
            database.execute(f"CREATE SCHEMA told_{service}")

    def tell(self, name: str, day: float | None = 0, **fields: Any) -> None:
        """Where the type has a program, it is the same in all, if no other is given."""
        if not self._database.execute("FROM duckdb_tables() WHERE sql LIKE ?", [f"% {name}(%"]).fetchall():
            self._database.execute(f"CREATE TABLE told_{name} AS FROM {name}; DROP VIEW {name}")
            self._database.execute(f"CREATE TABLE {name} AS FROM told_{name}")
        place = {"program_id": "program"} if "program_id" in {known.name for known in columns(name)} else {}
        told = {**place, **fields, "recorded": None if day is None else NOON + timedelta(days=day)}
        names = ", ".join(f'"{field}"' for field in told)
        self._database.execute(f"INSERT INTO {name} ({names}) VALUES ({', '.join('?' * len(told))})", [*told.values()])

    def pair(self, number: int, day: float | None = 0, mentor: int | None = None) -> dict[str, str]:
        """Introduced on that day; a mentor may have several."""
        who = {"pair_id": f"pair-{number}", "mentor_id": f"mentor-{mentor or number}", "mentee_id": f"mentee-{number}"}
        self.tell("matching.PairIntroduced", day, **who)
        return who

    def says(self, name: str) -> Rows:
        """What a query answers for all programs together, without the first column."""
        [query] = [query for query in queries(SQL, self._database) if query.name == name]
        return [row[1:] for row in answer(self._database, query).rows if row[0] is None]


@pytest.fixture
def house() -> Iterator[House]:
    with opened(Path(), {"formats": ["parquet"], "files": []}) as database:
        yield House(database)


def test_who_alone_agreed_has_not_come_to_it(house) -> None:
    """P-25: a step of two is counted when both have taken it."""
    for number, both in ((1, True), (2, False)):
        house.tell("programs.CommitmentAgreed", **house.pair(number), both=both)
    assert dict(house.says("1_funnel"))["both agreed"] == 2


def test_a_wait_ends_with_the_first_introduction(house) -> None:
    """P-25: the second pair of a person is no wait, nor is a sign-up that came after the introduction."""
    for number in range(1, 11):
        house.tell("matching.SignedUp", 0, person_id=f"mentee-{number}", role="mentee")
        house.pair(number, number, mentor=99)
    house.pair(1, 30, mentor=98)
    house.tell("matching.SignedUp", 40, person_id="mentor-98", role="mentor")
    assert house.says("3_typical_wait") == [("mentee", 10, 5.5, 9)]


def test_a_week_that_was_missed_and_then_answered_is_answered(house) -> None:
    """P-25: each pair counts once in each of its weeks, and each person once however many pairs they have."""
    for number in (1, 2):
        who = house.pair(number, mentor=7)
        house.tell("programs.CheckInMissed", 7, **who, week=1)
    house.tell("programs.CheckInRecorded", 8, **who, week=1, met=True)
    assert house.says("4_check_ins") == [(1, 3, 2, 50.0, 50.0)]


def test_who_ended_as_planned_has_not_ended_early(house) -> None:
    """P-25: by what they did or by the reason that they gave; of whom it is not known when, nothing is said."""
    house.tell("matching.PairEnded", 10, **house.pair(1), reason="goals-reached")
    house.tell("matching.PairEnded", 10, **house.pair(2), reason="other")
    done = house.pair(3)
    house.tell("programs.JourneyCompleted", 9, **done)
    house.tell("matching.PairEnded", 10, **done, reason="other")
    house.tell("matching.PairEnded", None, **house.pair(4), reason="other")
    house.pair(5)
    house.pair(6, 20)
    assert house.says("5_retention") == [
        (0, 10, 5, 100.0, 0.0),
        (1, 8, 4, 100.0, 0.0),
        (2, 8, 4, 25.0, 25.0),
    ]


def test_that_somebody_was_blocked_is_not_told(house) -> None:
    """BL-04: a pair that was blocked has ended, for a reason that is not told, like those of whom none is known."""
    for number, reason in ((1, "blocked"), (2, None), (3, "mismatch")):
        house.tell("matching.PairEnded", **house.pair(number), reason=reason)
    assert house.says("7_closing_reasons") == [("not told", 4, 2), ("mismatch", 2, 1)]


def test_a_case_counts_from_its_first_taking_and_though_it_is_open(house) -> None:
    """P-25: whoever takes it over does not take it anew; a case of no program is in the row of all, which is one."""
    for number, program in ((1, "program"), (2, None)):
        case = {"case_id": f"case-{number}"}
        people = {"reporter_id": f"person-{number}", "subject_id": "person-9"}
        house.tell("trust_safety.ReportFiled", **case, **people)
        house.tell("trust_safety.CaseOpened", **case, program_id=program, severity="S2", due_at="2026-03-05T12:00Z")
    for day in (1, 2):
        house.tell("trust_safety.CaseAssigned", day, case_id="case-1")
    house.tell("trust_safety.CaseClosed", 4, case_id="case-1")
    assert house.says("8_moderation") == [("S2", 3, 2, 24.0, 96.0, 0.0)]


def test_what_became_of_a_mail_is_what_came_last(house) -> None:
    """P-25: what failed and then went out is delivered; what was for the inbox alone is no mail."""
    for number, channels in ((1, '["inbox","email"]'), (2, '["inbox"]'), (3, None), (4, '["email"]')):
        told = {"notification_id": f"notification-{number}", "person_id": f"person-{number}"}
        house.tell("notifications.NotificationRaised", **told, channels=channels, about='{"program_id": "program"}')
    house.tell("notifications.NotificationFailed", notification_id="notification-1", channel="email")
    house.tell("notifications.NotificationDelivered", notification_id="notification-1", channel="email")
    house.tell("notifications.NotificationDelivered", notification_id="notification-3", channel="inbox")
    assert house.says("9_notifications") == [("delivered", 1, 1), ("waiting", 2, 2)]


def test_a_moment_is_known_to_the_hour_the_day_or_not_at_all(tmp_path) -> None:
    """P-25: where too few share the hour it is that of the day; what is there as JSON Lines too is read once."""
    name, files = "matching.SignedUp", []
    for day, hour in (("2026-03-01", "2026-03-01T10:00Z"), ("2026-03-02", None), ("few", None)):
        path = tmp_path / f"parquet/{name}/day={day}/part-00000.parquet"
        path.parent.mkdir(parents=True)
        empty = dict.fromkeys(known.name for known in columns(name))
        write_parquet(path, columns(name), [{**empty, "recorded_hour": hour}])
        files += [{"path": f"{form}/{name}/day={day}/part-00000.{form}"} for form in ("parquet", "jsonl")]
    with opened(tmp_path, {"formats": ["parquet", "jsonl"], "files": files}) as database:
        found = database.execute(f"SELECT recorded FROM {name} ORDER BY recorded").fetchall()
    assert found == [(datetime(2026, 3, 1, 10),), (datetime(2026, 3, 2),), (None,)]  # noqa: DTZ001 (as above)


def test_the_largest_programs_come_first() -> None:
    """P-25: of more programs than have a part of their own, the small ones are left to the queries."""
    rows = tuple((f"program-{number:02}", number + 5) for number in range(PROGRAMS + 1))
    manifest = {"made_at": "2026-03-01", "events": 1, "time": "hour", "withheld": {"events": 0}}
    made = page(manifest, [Answer(Query("x", "X", "", None, ""), ("program", "people"), rows)])
    assert re.findall(r'<th scope="row">(\d+)</th>', made) == [str(count + 5) for count in range(PROGRAMS, 0, -1)]
