"""Arrivals as a CSV file: who came on which day, and what they said at sign-up."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from services.matching.domain.questions import Question
from services.matching.simulation.rows import COLUMNS, NEEDED, REPLY, Arrival, Unreadable, arrival, row
from shared.runtime.faults import Fault

_FAULTS_SHOWN = 10
_TOO_MANY = "more cells than columns (put quotes around a text with commas)"


def read(path: Path, questions: Sequence[Question] = ()) -> list[Arrival]:
    """The arrivals of a file, by day. Raises Fault, which names the lines that cannot be read and why."""
    people: dict[str, tuple[int, Arrival]] = {}
    faults: list[str] = []
    for line, cells in _rows(path, questions):
        try:
            one = arrival(cells, questions)
        except Unreadable as error:
            faults.append(f"line {line}: {error}.")
            continue
        before, _ = people.setdefault(one.person, (line, one))
        if before != line:
            faults.append(f"line {line}: person: {one.person!r} came before, on line {before}.")
    if faults:
        more = [f"and {len(faults) - _FAULTS_SHOWN} more."] if len(faults) > _FAULTS_SHOWN else []
        raise Fault("\n  ".join([f"{path.name} cannot be played:", *faults[:_FAULTS_SHOWN], *more]))
    if not people:
        raise Fault(f"{path.name} has no arrivals: give each person a row.")
    return sorted((one for _, one in people.values()), key=lambda one: one.day)


def write(path: Path, arrivals: Iterable[Arrival]) -> None:
    """The same arrivals as a file that `read` gives back."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(row(one) for one in arrivals)


def _rows(path: Path, questions: Sequence[Question]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row with the number of its last line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.reader(file, strict=True)
            header = [name.strip() for name in next(table, [])]
            _check(path, header, [*COLUMNS, *(REPLY + one.id for one in questions)])
            for cells in table:
                if len(cells) > len(header):
                    raise Fault(f"{path.name}, line {table.line_num}: {_TOO_MANY}.")
                if any(cells):
                    yield table.line_num, dict(zip(header, cells, strict=False))
    except UnicodeDecodeError:
        raise Fault(f"{path.name} is not UTF-8: save it as CSV in UTF-8.") from None
    except csv.Error as error:
        raise Fault(f"{path.name}, line {table.line_num}: this is no CSV ({error}).") from None


def _check(path: Path, header: Sequence[str], known: Sequence[str]) -> None:
    flaws = [f"the column {name} is missing" for name in NEEDED if name not in header]
    flaws += [f"{name!r} is no column that is known" for name in header if name not in known]
    flaws += [f"the column {name} is there twice" for name in dict.fromkeys(header) if header.count(name) > 1]
    if flaws:
        raise Fault(f"{path.name}, line 1: {flaws[0]}. The columns are {', '.join(known)}.")
