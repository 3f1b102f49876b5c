"""The report over a small real log: every figure counted by hand, on a page that needs nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from scripts.report_picture import picture
from shared.analytics.export import export
from shared.analytics.manifest import read_manifest
from shared.analytics.report.command import SQL
from shared.analytics.report.database import opened
from shared.analytics.report.hide import shown
from shared.analytics.report.queries import Answer, Query, answer, queries
from shared.contracts.catalogue import SERVICES
from shared.eventlog.mongo import MongoEventLog, connect
from shared.eventlog.place import log_database
from shared.kernel.clock import SystemClock
from shared.runtime.accounts import ADMIN
from shared.runtime.faults import Fault
from tests.analytics.house import tell_all
from tests.analytics.story import Story

ROOT = Path(__file__).parents[2]
VOID = {"meta", "br", "rect", "line", "polyline", "circle"}


@pytest.fixture(scope="module")
def exported(own_store, tmp_path_factory) -> Path:
    """The house in a real log, exported."""
    folder = tmp_path_factory.mktemp("report") / "export"
    with connect(own_store.url_for(ADMIN)) as client:
        for name in SERVICES:
            client.drop_database(log_database(name))
        story = Story({name: MongoEventLog(client, name, 2) for name in SERVICES})
        tell_all(story)
        export(story.logs, folder, ("parquet",), SystemClock())
        for log in story.logs.values():
            log.close()
    return folder


@pytest.fixture(scope="module")
def answers(exported) -> dict[str, Answer]:
    with opened(exported, read_manifest(exported / "manifest.json")) as database:
        return {query.name: answer(database, query) for query in queries(SQL, database)}


@pytest.fixture(scope="module")
def page(exported) -> str:
    from shared.cli import main

    out = exported.parent / "report.html"
    assert main(["log", "report", "--from-export", str(exported), "--out", str(out)]) == 0
    return out.read_text()


def _week(month: int, day: int) -> date:
    return date(2026, month, day)


TRUTH = {
    "1_funnel": [
        ("signed up", 15),
        ("paired", 12),
        ("introduced", 12),
        ("both agreed", 12),
        ("met", 6),
        ("closed", 6),
    ],
    "2_time_to_pair": [("mentee", "2 to 3 days", 6), ("mentor", "2 to 3 days", 6)],
    "3_typical_wait": [("mentee", 6, 3, 3), ("mentor", 6, 3, 3)],
    "4_check_ins": [(1, 12, 6, 50.0, 50.0), (2, 12, 6, 100.0, 50.0)],
    "5_retention": [
        *((week, 12, 6, 100.0, 0.0) for week in range(4)),
        *((week, 12, 6, 50.0, 50.0) for week in (4, 5)),
    ],
    "6_health": [
        (_week(3, 2), "too early", 12, 6),
        (_week(3, 9), "too early", 12, 6),
        (_week(3, 16), "needs a check-in", 6, 3),
        (_week(3, 16), "on track", 6, 3),
        (_week(3, 23), "on track", 6, 3),
        (_week(3, 30), "on track", 6, 3),
    ],
    "7_closing_reasons": [("goals-reached", 6, 3), ("mismatch", 6, 3)],
    "8_moderation": [("S2", 10, 5, 0, 48, 100.0)],
    "9_notifications": [("delivered", 7, 7), ("not sent", 5, 5)],
}
"""Of the house, by hand."""


@pytest.mark.parametrize("name", TRUTH)
def test_every_figure_is_right(answers, name) -> None:
    """P-25: over all programs and for the one that is large enough, each query gives what was counted by hand."""
    rows = answers[name].rows
    assert [row[1:] for row in rows if row[0] is None] == TRUTH[name]
    assert [row[1:] for row in rows if row[0] is not None] == TRUTH[name]


def test_every_query_is_tried(answers) -> None:
    """There is no query in the folder whose figures nobody counted (transparency: a golden file has them)."""
    assert answers.keys() == TRUTH.keys() | {"transparency"}


def test_a_program_that_is_too_small_is_nowhere(answers, page) -> None:
    """PR-15: of two programs one has four people, so only the other is in any answer and on the page."""
    assert len({row[0] for answered in answers.values() for row in answered.rows} - {None}) == 1
    assert "Program 1" in page
    assert "Program 2" not in page


def test_rows_with_few_people_and_what_would_tell_them_are_hidden() -> None:
    """PR-15: a row of fewer than five is hidden, and another program's beside it, lest subtraction tell it."""
    rows = (
        (None, "mismatch", 30),
        ("a", "mismatch", 4),
        ("b", "mismatch", 9),
        ("c", "mismatch", 17),
        (None, "safety", 4),
    )
    seen, hidden = shown(Answer(Query("x", "X", "", None, ""), ("program", "why", "people"), rows))
    assert (seen, hidden) == ([rows[0], rows[3]], 3)


@pytest.mark.parametrize(
    ("people", "hidden"),
    [
        ({"a": 17, "b": 4, "c": 9}, "bc"),
        ({"a": 3, "b": 3, "c": 9}, "ab"),
        ({"a": 2, "b": 2, "c": 9, "d": 8}, "abd"),
        ({"a": 5, "b": 6}, ""),
    ],
)
def test_no_more_is_hidden_than_would_tell_of_few(people, hidden) -> None:
    """PR-15: only where fewer than five are hidden in all, the smallest of the other programs is hidden with them."""
    rows = tuple((program, "mismatch", count) for program, count in people.items())
    seen, _ = shown(Answer(Query("x", "X", "", None, ""), ("program", "why", "people"), rows))
    assert "".join(sorted(people.keys() - {row[0] for row in seen})) == hidden


def test_the_page_needs_nothing_else(page) -> None:
    """No script, no address of anything outside, and a policy that forbids both."""
    assert not re.search(r"https?:|//\w|<script|javascript:|\son\w+=|@import|url\(|<link|<img|<iframe", page)
    assert "default-src 'none'" in page
    assert len(page) < 200_000


class _Checker(HTMLParser):
    """Notes whatever is opened and closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.seen.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_every_plot_has_its_table(page) -> None:
    """Whoever sees no plot reads the table with a caption that follows it; every id is there once, every link leads."""
    checker = _Checker()
    checker.feed(page)
    assert not checker.open
    blocks = [tag for tag in checker.seen if tag in {"svg", "table", "caption"}]
    assert blocks.count("svg") == 2 * (len(TRUTH) - 1)
    assert blocks.count("table") == blocks.count("caption") == 2 * len(TRUTH) + 1
    assert all(
        blocks[place + 1 : place + 3] == ["table", "caption"] for place, tag in enumerate(blocks) if tag == "svg"
    )
    assert page.count('<svg role="img" aria-label="Plot: ') == blocks.count("svg")
    assert len(set(checker.ids)) == len(checker.ids)
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(checker.ids)


def test_an_analyst_can_change_a_query(exported, tmp_path, capsys) -> None:
    """With --sql, the page is made of that folder's queries; one that hides how many people it counts is refused."""
    from shared.cli import main

    mine = tmp_path / "sql"
    mine.mkdir()
    (mine / "roles.sql").write_text(
        "-- # Who <signs> up\n-- plot: bars x=role y=people\n\n"
        "SELECT NULL AS program, '<i>' || role AS role, count(DISTINCT person_id) AS people FROM matching.SignedUp\n"
        "GROUP BY role ORDER BY role"
    )
    run = ["log", "report", "--from-export", str(exported), "--out", str(tmp_path / "mine.html"), "--sql", str(mine)]
    assert main(run) == 0
    made = (tmp_path / "mine.html").read_text()
    assert "Who &lt;signs&gt; up" in made
    assert not re.search("<signs|<i>", made)
    assert re.findall(r'<td class="number">(\d+)</td>', made) == ["9", "6"]
    (mine / "bare.sql").write_text("SELECT person_id FROM matching.SignedUp")
    assert main(run) == 1
    assert "people" in capsys.readouterr().err
    assert (tmp_path / "mine.html").read_text() == made


def test_queries_reach_nothing_but_the_export(exported, tmp_path) -> None:
    """A query that somebody sent cannot read other files of the analyst's."""
    import duckdb

    secret = tmp_path / "secret.csv"
    secret.write_text("word\nprivate\n")
    with (
        opened(exported, read_manifest(exported / "manifest.json")) as database,
        pytest.raises(duckdb.PermissionException),
    ):
        database.execute(f"SELECT * FROM read_csv('{secret}')")


def test_an_export_that_lacks_a_newer_column_can_be_reported_on(exported, tmp_path) -> None:
    """Columns follow from today's schemas: what an older export does not have is empty."""
    manifest = json.loads((exported / "manifest.json").read_text())
    manifest["files"] = [file for file in manifest["files"] if "PulseRecorded" not in file["path"]]
    with opened(exported, manifest) as database:
        assert database.execute("SELECT count(rating) FROM programs.PulseRecorded").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM matching.PairEnded").fetchone() == (6,)


def test_the_example_in_python_goes_on_from_an_export(exported) -> None:
    """`further.py` needs nothing that is not installed; its figures are those counted by hand."""
    run = [sys.executable, "-W", "error", ROOT / "deploy/analytics/further.py", exported]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    rows = [re.findall(r"[\w.-]+", line) for line in said.splitlines() if re.match("│ +[0-9]", line)]
    assert rows == [["1", "3", "1.0"], ["2", "6", "0.5"], ["3", "mismatch", "3"]]
    assert "`pip install pandas`" in said


def test_an_export_without_parquet_is_refused(exported) -> None:
    """With a sentence that says what to do."""
    manifest = {**read_manifest(exported / "manifest.json"), "formats": ["jsonl"]}
    with pytest.raises(Fault, match="--format parquet"), opened(exported, manifest):
        pass


def test_the_picture_of_the_readme_is_of_a_page_like_this(page) -> None:
    """`scripts/report_picture.py` makes one whole SVG of a page's plots, and the one that is shown is small."""
    made = picture(page)
    titles = [node.text for node in ET.fromstring(made).iter() if node.get("class") == "title"]
    assert titles == ["From sign-up to closing", "Time to pair", "Weekly check-ins", "Health of pairs over time"]
    kept = (ROOT / "docs/pictures/report.svg").read_text()
    assert len(kept) < 150_000
    assert all(title in kept for title in titles)
