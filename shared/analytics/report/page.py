"""The page of a report: plots, each followed by its table, over all programs and for the largest of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared.analytics.crowds import LEAST
from shared.analytics.manifest import Manifest
from shared.analytics.report.hide import shown
from shared.analytics.report.plots import Series, cell, plot
from shared.analytics.report.queries import Answer, Cells, Plot, Query

_HERE = Path(__file__).parent

PROGRAMS = 12
"""So many programs have a part of their own: the largest. The queries give all."""


@dataclass(frozen=True)
class Section:
    """What one query says of all programs, or of one. `drawing` may be empty."""

    id: str
    query: Query
    drawing: Markup
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    labels: int


@dataclass(frozen=True)
class Part:
    id: str
    title: str
    sections: Sequence[Section]


def page(manifest: Manifest, answers: Sequence[Answer]) -> str:
    """The whole page; of programs and rows with too few people there is nothing in it."""
    seen = [(answer, *shown(answer)) for answer in answers]
    programs = _programs([(answer, rows) for answer, rows, _ in seen])
    overall = [_section(answer, rows, None, "all") for answer, rows, _ in seen]
    parts = [
        Part(f"program-{number}", f"Program {number}", _part(seen, program, f"program-{number}"))
        for number, program in enumerate(programs[:PROGRAMS], 1)
    ]
    return _rendered(
        style=Markup((_HERE / "report.css").read_text()),  # noqa: S704 (a file of ours)
        manifest=manifest,
        overall=overall,
        parts=parts,
        hidden={answer.query.name: hidden for answer, _, hidden in seen},
        names=dict(enumerate(programs[:PROGRAMS], 1)),
        programs=len(programs),
        least=LEAST,
    )


def _programs(seen: Sequence[tuple[Answer, Sequence[Cells]]]) -> list[str]:
    """Those that are in any row, the one with the most people first."""
    most: Counter[str] = Counter()
    for answer, rows in seen:
        people = answer.columns.index("people")
        for row in rows:
            if row[0] is not None:
                most[row[0]] = max(most[row[0]], row[people])
    return sorted(most, key=lambda program: (-most[program], program))


def _part(seen: Sequence[tuple[Answer, list[Cells], int]], program: str, id: str) -> list[Section]:
    sections = [_section(answer, rows, program, id) for answer, rows, _ in seen]
    return [section for section in sections if section.rows]


def _section(answer: Answer, rows: Sequence[Cells], program: str | None, id: str) -> Section:
    mine = [row[1:] for row in rows if row[0] == program]
    columns = answer.columns[1:]
    query = answer.query
    drawing = _drawing(query.title, query.plot, columns, mine) if query.plot else ""
    return Section(
        f"{id}-{query.name}",
        query,
        Markup(drawing),  # noqa: S704 (every word in it is escaped)
        columns,
        [[cell(value) for value in row] for row in mine],
        columns.index("people"),
    )


def _drawing(title: str, wanted: Plot, columns: Sequence[str], rows: Sequence[Cells]) -> str:
    at = {name: place for place, name in enumerate(columns)}
    labels = list(dict.fromkeys(row[at[wanted.x]] for row in rows))
    groups: defaultdict[Any, dict[Any, Cells]] = defaultdict(dict)
    for row in rows:
        groups[row[at[wanted.by]] if wanted.by else None][row[at[wanted.x]]] = row
    series = [
        Series(cell(word) if wanted.by else y, [_number(group.get(label), at[y]) for label in labels])
        for word, group in groups.items()
        for y in wanted.ys
    ]
    return plot(wanted.kind, title, [cell(label) for label in labels], series)


def _number(row: Cells | None, place: int) -> float | None:
    return None if row is None or row[place] is None else float(row[place])


def _rendered(**values: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return str(environment.get_template("report.html.j2").render(values))
