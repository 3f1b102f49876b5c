"""docs/requirements.md: every requirement beside the tests that show it.

It is made of the sentences in docs/requirements.toml and of tests' docstrings, which name ids (TS-02; EV-02 to EV-05).

python scripts/requirements.py           write it
python scripts/requirements.py --check   say what is wrong with it, and write nothing
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = "docs/requirements.toml"
TARGET = "docs/requirements.md"
MUST = ("TS", "BL", "EV", "PR", "SE", "BR")
"""The sections in which every requirement of the first release has a test."""

_NAMED = re.compile(r"\b([A-Z]{2})-(\d\d)(?: to (?:\1-)?(\d\d))?\b")
_HEAD = """\
# Requirements

What the system owes the people in it, and the tests that show it: made of [requirements.toml](requirements.toml) and
the docstrings of tests by [requirements.py](../scripts/requirements.py); `make check` fails when it is not up to date.
P 0 is what the first release must have, P 1 what may come later.
"""


@dataclass(frozen=True, slots=True)
class Requirement:
    id: str
    priority: int
    sentence: str

    @property
    def section(self) -> str:
        return self.id[:2]


@dataclass(frozen=True, slots=True)
class Test:
    path: str
    name: str
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """What requirements.toml says: titles of sections, requirements by id, reasons of what is met without a test."""

    titles: dict[str, str]
    requirements: dict[str, Requirement]
    absent: dict[str, str]


def known(root: Path) -> Known:
    said = tomllib.loads((root / SOURCE).read_text())
    absent = said.pop("absent")
    found = [
        Requirement(id, priority, sentence)
        for section in said.values()
        for priority, release in enumerate(("first", "next"))
        for id, sentence in section.get(release, {}).items()
    ]
    titles = {name: section["title"] for name, section in said.items()}
    return Known(titles, {one.id: one for one in sorted(found, key=lambda one: one.id)}, absent)


def ids_in(text: str) -> Iterator[str]:
    """Every id that a text names; ranges name all that is between their ends."""
    for section, first, last in _NAMED.findall(text):
        for number in range(int(first), int(last or first) + 1):
            yield f"{section}-{number:02}"


def tests_of(root: Path) -> list[Test]:
    """The test functions that name an id, in the order of their files."""
    found = []
    for file in sorted((root / "tests").rglob("*.py")):
        text = file.read_text()
        if not _NAMED.search(text):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                ids = frozenset(ids_in(ast.get_docstring(node) or ""))
                found.append(Test(file.relative_to(root).as_posix(), node.name, ids))
    return found


def unknown(known: Known, tests: list[Test]) -> list[str]:
    """Ids of our sections that tests name and nobody has said a sentence for."""
    return [
        f"{test.path}::{test.name} names {id}, which {SOURCE} does not know."
        for test in tests
        for id in sorted(test.ids)
        if id[:2] in known.titles and id not in known.requirements
    ]


def untested(known: Known, tests: list[Test]) -> list[str]:
    """What the first release must have and no test shows."""
    shown = {id for test in tests for id in test.ids} | set(known.absent)
    return [
        f"{one.id} has no test: {one.sentence}"
        for one in known.requirements.values()
        if one.priority == 0 and one.section in MUST and one.id not in shown
    ]


def page(known: Known, tests: list[Test]) -> str:
    parts = [_HEAD]
    for section, title in known.titles.items():
        rows = [_row(one, known, tests) for one in known.requirements.values() if one.section == section]
        parts.append("\n".join([f"## {title}", "", "| id | P | requirement | tests |", "|---|---|---|---|", *rows, ""]))
    return "\n".join(parts)


def _row(one: Requirement, known: Known, tests: list[Test]) -> str:
    shown = [f"[`{test.name}`](../{test.path})" for test in tests if one.id in test.ids]
    if reason := known.absent.get(one.id):
        shown.append(f"({reason})")
    return f"| {one.id} | {one.priority} | {one.sentence} | {'<br>'.join(shown) or 'open'} |"


def main(arguments: list[str]) -> int:
    said, tests = known(ROOT), tests_of(ROOT)
    wanted, target = page(said, tests), ROOT / TARGET
    wrong = unknown(said, tests) + untested(said, tests)
    if "--check" not in arguments:
        target.write_text(wanted)
    elif not target.exists() or target.read_text() != wanted:
        wrong.append(f"{TARGET} is not up to date: python scripts/requirements.py")
    for sentence in wrong:
        sys.stderr.write(sentence + "\n")
    return bool(wrong) and "--check" in arguments


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
