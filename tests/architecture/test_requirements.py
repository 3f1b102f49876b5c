"""The table of requirements says what is, and the threat model leads to tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import requirements
from tests.architecture.test_guarantees import ROOT, TEST, functions_of

THREATS = ROOT / "docs/threat-model.md"

SENTENCES = """
[TS]
title = "Reports"
[TS.first]
TS-01 = "One."
TS-02 = "Two."
TS-03 = "Three."
[TS.next]
TS-04 = "Four."
[absent]
TS-03 = "there is none"
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "docs/requirements.toml").write_text(SENTENCES)
    monkeypatch.setattr(requirements, "ROOT", tmp_path)
    return tmp_path


def written(tree: Path, docstring: str) -> None:
    (tree / "tests/test_it.py").write_text(f'def test_it():\n    """{docstring}"""\n')
    requirements.main([])


def test_every_requirement_of_the_first_release_has_its_test() -> None:
    """docs/requirements.md is what the sentences and the tests of today make, and no P 0 of it is open."""
    assert requirements.main(["--check"]) == 0, "see below"


def test_a_test_is_found_by_what_its_docstring_names(tree: Path) -> None:
    """Single ids and ranges count, and what nothing shows is open."""
    written(tree, "It shows a thing (TS-01 to TS-02).")
    page = (tree / "docs/requirements.md").read_text()
    assert "| TS-02 | 0 | Two. | [`test_it`](../tests/test_it.py) |" in page
    assert "| TS-03 | 0 | Three. | (there is none) |" in page
    assert "| TS-04 | 1 | Four. | open |" in page
    assert requirements.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("docstring", "complaint"),
    [("TS-01 alone.", "TS-02 has no test"), ("TS-01, TS-02, and TS-77.", "names TS-77")],
)
def test_a_missing_test_and_an_unknown_id_are_found(
    tree: Path, docstring: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A requirement of the first release without a test fails, and so does an id without a sentence."""
    written(tree, docstring)
    assert requirements.main(["--check"]) == 1
    assert complaint in capsys.readouterr().err


def test_an_old_table_is_found(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The check fails when the file is not what the tests would make today, and leaves it alone."""
    written(tree, "TS-01 and TS-02.")
    (tree / "docs/requirements.md").write_text("by hand")
    assert requirements.main(["--check"]) == 1
    assert "not up to date" in capsys.readouterr().err
    assert (tree / "docs/requirements.md").read_text() == "by hand"


def test_the_threat_model_leads_to_tests_that_are_there() -> None:
    """Every row says what stops it by a test of today, or says that nothing does."""
    text = THREATS.read_text()
    named = TEST.findall(text)
    assert named
    assert [f"{path}::{name}" for path, name, _ in named if name not in functions_of(ROOT / path)] == []
    assert [f"{path}::{name}" for path, name, target in named if path != target] == []
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| who", "|--"))]
    assert rows
    assert [row for row in rows if not TEST.search(row) and not re.search(r"\bnot defended\b", row)] == []
