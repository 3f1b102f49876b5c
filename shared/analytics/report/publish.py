"""The monthly numbers for everybody (TS-31): the answer of `transparency.sql` alone, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from shared.analytics.report.hide import shown
from shared.analytics.report.plots import cell
from shared.analytics.report.queries import Answer
from shared.runtime.faults import Fault

_QUERY = "transparency"
_INSIDE = ("program", "people")
"""Columns that say how many are behind a row are not told to everybody."""


def published(answers: Iterable[Answer]) -> str:
    """Over all programs. Raises Fault where the query is not among them."""
    found = next((answer for answer in answers if answer.query.name == _QUERY), None)
    if found is None:
        raise Fault(f"There is no {_QUERY}.sql among the queries: copy it from deploy/analytics.")
    return "\n".join(_lines(found)) + "\n"


def _lines(answer: Answer) -> Iterator[str]:
    columns = [place for place, name in enumerate(answer.columns) if name not in _INSIDE]
    rows = [row for row in shown(answer)[0] if row[0] is None]
    yield from (f"# {answer.query.title}", "", answer.query.note, "")
    yield _row([answer.columns[place] for place in columns])
    yield _row(["---"] * len(columns))
    yield from (_row([row[place] for place in columns]) for row in rows)


def _row(values: Sequence[Any]) -> str:
    return f"| {' | '.join(cell(value).replace('|', ' ') for value in values)} |"
