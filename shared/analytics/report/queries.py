"""The queries of a report: one file each, `NAME.sql`, that begins with what it is in comments.

    -- # Title
    -- What it says, in a sentence or two.
    -- plot: bars|lines x=COLUMN y=COLUMN [y=COLUMN …] [by=COLUMN]

Its columns: `program` (NULL for all of them together), what tells one row from another, `people`, and figures. `people`
is how many different people are behind the row: where they are fewer than five, the row is not shown.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from shared.runtime.faults import Fault

Cells = tuple[Any, ...]

_COMMON = "_common.sql"


@dataclass(frozen=True)
class Plot:
    """`kind` is bars or lines; `by` names the column whose words are a series each."""

    kind: str
    x: str
    ys: tuple[str, ...]
    by: str | None


@dataclass(frozen=True)
class Query:
    name: str
    title: str
    note: str
    plot: Plot | None
    sql: str


@dataclass(frozen=True)
class Answer:
    """Every row, those that are not to be shown too: see hide.py."""

    query: Query
    columns: tuple[str, ...]
    rows: tuple[Cells, ...]


def queries(folder: Path, database: duckdb.DuckDBPyConnection) -> list[Query]:
    """Those of a folder, in the order of their names; what they share is run. Raises Fault where there is none."""
    found = [read_query(path) for path in sorted(folder.glob("*.sql")) if path.name != _COMMON]
    if not found:
        raise Fault(f"There is no query in {folder}: name a folder of SQL files with --sql.")
    if (folder / _COMMON).exists():
        _run(database, _COMMON, (folder / _COMMON).read_text())
    return found


def read_query(path: Path) -> Query:
    text = path.read_text()
    head = [line.removeprefix("--").strip() for line in text.partition("\n\n")[0].splitlines()]
    title = next((line[2:] for line in head if line.startswith("# ")), path.stem)
    plots = [line.removeprefix("plot:") for line in head if line.startswith("plot:")]
    note = " ".join(line for line in head if not line.startswith(("# ", "plot:")))
    return Query(path.stem, title, note, _plot(path, plots[0]) if plots else None, text)


def _plot(path: Path, text: str) -> Plot:
    kind, *rest = shlex.split(text)
    pairs = [word.partition("=")[::2] for word in rest]
    named = dict(pairs)
    if kind not in {"bars", "lines"} or not {"x", "y"} <= named.keys() <= {"x", "y", "by"}:
        raise Fault(f"The plot of {path.name} is not understood: bars or lines, x=COLUMN y=COLUMN [by=COLUMN].")
    return Plot(kind, named["x"], tuple(value for name, value in pairs if name == "y"), named.get("by"))


def answer(database: duckdb.DuckDBPyConnection, query: Query) -> Answer:
    """Raises Fault where the query fails, or does not say how many people are behind its rows."""
    columns, rows = _run(database, f"{query.name}.sql", query.sql)
    plotted = {query.plot.x, *query.plot.ys, *([query.plot.by] if query.plot.by else [])} if query.plot else set()
    missing = {"program", "people", *plotted} - set(columns)
    if missing or columns[0] != "program":
        raise Fault(f"{query.name}.sql must give program first, people, and what it plots; it lacks {_names(missing)}.")
    return Answer(query, columns, rows)


def _names(missing: set[str]) -> str:
    return ", ".join(sorted(missing)) or "program as its first column"


def _run(database: duckdb.DuckDBPyConnection, name: str, sql: str) -> tuple[tuple[str, ...], tuple[Cells, ...]]:
    try:
        found = database.execute(sql)
        described: Sequence[Any] = found.description or ()
        return tuple(column[0] for column in described), tuple(found.fetchall())
    except duckdb.Error as error:
        raise Fault(f"{name} could not be run: {error}") from None
