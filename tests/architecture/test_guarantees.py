"""The documents name what is there: tests that enforce promises, and files that links lead to."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUARANTEES = ROOT / "docs/guarantees.md"
TEST = re.compile(r"\[`([\w/]+\.py)::(\w+)`\]\(\.\./([^)]+)\)")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def functions_of(path: Path) -> set[str]:
    """The names of the functions of a file; none where it is not there."""
    if not path.exists():
        return set()
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, functions)}


def promises() -> list[str]:
    """Every promise with the lines that belong to it."""
    return re.split(r"^- ", GUARANTEES.read_text(), flags=re.MULTILINE)[1:]


def test_every_test_that_a_promise_names_exists() -> None:
    """A promise whose test was renamed or removed is no promise."""
    named = TEST.findall(GUARANTEES.read_text())
    assert named
    gone = [f"{path}::{name}" for path, name, _ in named if name not in functions_of(ROOT / path)]
    assert gone == []
    assert [f"{path}::{name}" for path, name, target in named if path != target] == []


def test_every_promise_names_its_test() -> None:
    """What no test enforces is not promised."""
    unproven = [promise.splitlines()[0] for promise in promises() if not TEST.search(promise)]
    assert unproven == []


def test_every_link_in_the_documents_leads_somewhere() -> None:
    """A reader who follows a link finds the file."""
    documents = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "services").glob("*/README.md"), ROOT / "deploy/README.md"]
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in LINK.findall(document.read_text())
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []
